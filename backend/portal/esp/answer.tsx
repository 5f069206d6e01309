// What an endpoint answered, in words, and its status beside them.

import { answerName, statusIn } from './answers.ts'
import type { EspWords } from './text/words.ts'

export function Answer({ say, answer }: { say: EspWords; answer: string }) {
  const status = statusIn(answer)
  return (
    <>
      {say.answers[answerName(answer)]} {status !== undefined && <small>{say.status(status)}</small>}
    </>
  )
}
