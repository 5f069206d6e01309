// The diagnosis of a dongle, asked for when the card is there, again each minute, sooner while something is the matter, and when somebody wants it.
// An answer for another dongle or language is dropped.

import { useCallback, useEffect, useState } from 'preact/hooks'
import type { DiagnosisAnswer } from '../../../shared/schema/diagnosis.ts'
import { getJson } from '../api/client.ts'
import type { Language } from '../text/languages.ts'

export interface Asked {
  diagnosis: DiagnosisAnswer | undefined
  /** The server's clock at the answer, epoch seconds. */
  atS: number
  isAsking: boolean
  hasFailed: boolean
  again(): void
}

const EVERY_MS = 60_000
/** Whoever has just done what the card said looks whether it helped. */
const UNWELL_EVERY_MS = 10_000

/** `path` below /api/v1 without the question; `key` where no cookie speaks. */
export function useDiagnosis(path: string, language: Language, key?: string): Asked {
  const [turn, setTurn] = useState(0)
  const [state, setState] = useState<Omit<Asked, 'again'>>({
    diagnosis: undefined,
    atS: 0,
    isAsking: true,
    hasFailed: false,
  })
  const again = useCallback(() => setTurn(before => before + 1), [])
  useEffect(() => {
    const dropped = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = async (): Promise<void> => {
      setState(before => ({ ...before, isAsking: true }))
      const answer = await getJson<DiagnosisAnswer>(`${path}?lang=${language}`, dropped.signal, key)
      if (dropped.signal.aborted) return
      if (!answer.ok) setState(before => ({ ...before, isAsking: false, hasFailed: true }))
      else {
        const atS = Math.floor((answer.value.serverMs ?? Date.now()) / 1000)
        setState({ diagnosis: answer.value.body, atS, isAsking: false, hasFailed: false })
      }
      timer = setTimeout(askIfSeen, answer.ok && answer.value.body.isWell ? EVERY_MS : UNWELL_EVERY_MS)
    }
    const askIfSeen = (): void => {
      if (document.hidden) timer = setTimeout(askIfSeen, UNWELL_EVERY_MS)
      else void ask()
    }
    void ask()
    return () => {
      dropped.abort()
      clearTimeout(timer)
    }
  }, [path, language, key, turn])
  return { ...state, again }
}
