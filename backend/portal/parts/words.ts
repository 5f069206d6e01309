// What every part of a page needs to speak: the dictionary of the chosen language and the formats that go with it.

import type { Dictionary } from '../text/dictionary.ts'
import type { Format } from '../text/format.ts'
import type { Language } from '../text/languages.ts'

export interface Words {
  language: Language
  say: Dictionary
  format: Format
}
