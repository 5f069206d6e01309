// What went wrong with an act, and the way on where there is one; and what is said to somebody who comes back from proving who they are.

import { useLayoutEffect, useRef } from 'preact/hooks'
import { signInProblemIn } from '../account/problem.ts'
import type { PageProblem } from '../text/problems/words.ts'
import type { GivenBack } from './kept.ts'
import type { Words } from './words.ts'

interface ProblemProps {
  words: Words
  problem: PageProblem | undefined
  /** Where the sign-in was too old: keeps what was chosen, and goes to prove who it is. */
  onProve?(): void
}

export function Problem({ words, problem, onProve }: ProblemProps) {
  if (problem === undefined) return null
  return (
    <div class="help wrong" role="alert">
      <p>{words.say.problems[problem]}</p>
      {problem === 'sign-in.stale' && onProve !== undefined && <Prove words={words} onProve={onProve} />}
    </div>
  )
}

function Prove({ words, onProve }: { words: Words; onProve(): void }) {
  const button = useRef<HTMLButtonElement>(null)
  useLayoutEffect(() => button.current?.focus(), [])
  return (
    <p class="row">
      <button type="button" class="small" ref={button} onClick={onProve}>
        {words.say.people.again}
      </button>
    </p>
  )
}

/** Nothing for who did not come back. */
export function Returned({ words: { say }, given }: { words: Words; given: GivenBack<unknown> | undefined }) {
  if (given === undefined) return null
  const problem = signInProblemIn(location.search)
  if (given.isProved) return <p role="status">{say.people.proved}</p>
  return problem === undefined ? null : (
    <p class="help wrong" role="alert">
      {say.people.signInProblems[problem]}
    </p>
  )
}
