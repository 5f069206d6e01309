// What every act of a manager needs: one at a time, what went wrong in words with the way on.

import { useRef, useState } from 'preact/hooks'
import type { Result } from '../../../shared/kernel/result.ts'
import { signInAddress } from '../account/sign-in.tsx'
import type { ApiFault } from '../api/client.ts'
import type { Words } from '../parts/words.ts'
import { problemOf } from './problem.ts'
import type { EspWords } from './text/words.ts'

/** What every part of these pages gets. */
export interface Scene {
  words: Words
  say: EspWords
  /** Says at the top of the page what was done. */
  tell(text: string): void
}

export interface Acts {
  fault: ApiFault | undefined
  isDoing: boolean
  /** Undefined: it failed, `fault` says how; or another act is under way. */
  act<T>(send: () => Promise<Result<{ body: T }, ApiFault>>): Promise<T | undefined>
}

export function useActs(): Acts {
  const [fault, setFault] = useState<ApiFault | undefined>()
  const [isDoing, setDoing] = useState(false)
  const isBusy = useRef(false)

  async function act<T>(send: () => Promise<Result<{ body: T }, ApiFault>>): Promise<T | undefined> {
    // a second click comes before the button looks different
    if (isBusy.current) return undefined
    isBusy.current = true
    setDoing(true)
    setFault(undefined)
    const answer = await send()
    isBusy.current = false
    setDoing(false)
    if (answer.ok) return answer.value.body
    setFault(answer.fault)
    return undefined
  }
  return { fault, isDoing, act }
}

export function ProblemLine({ scene: { say, words }, fault }: { scene: Scene; fault: ApiFault | undefined }) {
  if (fault === undefined) return null
  const problem = problemOf(fault)
  const target = problem === 'webhook.refused' ? say.targets[fault.detail as keyof EspWords['targets']] : undefined
  return (
    <p class="help wrong" role="alert">
      {say.problems[problem]} {target}{' '}
      {problem === 'sign-in.stale' && <a href={signInAddress(words.language, true)}>{say.again}</a>}
    </p>
  )
}
