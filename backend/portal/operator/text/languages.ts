// Staff's pages in the languages that the portal speaks.

import type { Language } from '../../text/languages.ts'
import { de } from './de.ts'
import { en } from './en.ts'
import { fr } from './fr.ts'
import { nl } from './nl.ts'
import type { StaffWords } from './words.ts'

export const STAFF: { [language in Language]: StaffWords } = { nl, fr, de, en }
