// The ESP's words by language.

import type { Language } from '../../text/languages.ts'
import { de } from './de.ts'
import { en } from './en.ts'
import { fr } from './fr.ts'
import { nl } from './nl.ts'
import type { EspWords } from './words.ts'

export const ESP_WORDS: { [language in Language]: EspWords } = { nl, fr, de, en }
