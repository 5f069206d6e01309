// The words of a page in the chosen language, with numbers and times as they are written there.

import { useMemo } from 'preact/hooks'
import { createFormat } from '../text/format.ts'
import { DICTIONARIES, type Language } from '../text/languages.ts'
import type { Words } from './words.ts'

/** `zone`: the IANA name of the zone whose clock the times are told by. */
export function useWords(language: Language, zone: string): Words {
  return useMemo(
    () => ({ language, say: DICTIONARIES[language], format: createFormat(language, zone) }),
    [language, zone],
  )
}
