// What every part of a page needs to speak: the dictionary of the chosen language and the formats that go with it.

import type { Dictionary, Language } from '../text/dictionary.ts'
import type { Format } from '../text/format.ts'

export interface Words {
  language: Language
  say: Dictionary
  format: Format
}
