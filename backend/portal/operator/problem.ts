// Which words a failed look gets.

import type { ApiFault } from '../api/client.ts'
import type { OperatorWords } from './words.ts'

export type ProblemName = keyof OperatorWords['problems']

export function problemOf({ code, status }: ApiFault): ProblemName {
  if (code === 'refused') return 'refused'
  if (code === 'missing') return 'unknown'
  return status === 429 ? 'throttled' : 'unreachable'
}
