// What went wrong with an act, and the way on where there is one.

import type { Words } from '../parts/words.ts'
import type { SharingProblem } from '../text/sharing/words.ts'

export function Problem({ words, problem }: { words: Words; problem: SharingProblem | undefined }) {
  const say = words.say.sharing
  if (problem === undefined) return null
  return (
    <p class="help wrong" role="alert">
      {say.problems[problem]}
    </p>
  )
}
