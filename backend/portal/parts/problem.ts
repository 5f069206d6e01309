// Which words what went wrong gets: the problem's own code where a page has a sentence for it.

import type { ApiFault } from '../api/client.ts'
import { en } from '../text/problems/en.ts'
import type { PageProblem } from '../text/problems/words.ts'

/** `withWords`: the codes that the page has a sentence for; `unreachable` for any other. */
export function problemAmong<Code extends string>(
  { problem = '' }: ApiFault,
  withWords: readonly Code[],
): Code | 'unreachable' {
  return withWords.find(code => code === problem) ?? 'unreachable'
}

/** Among those that every page has words for. */
export function problemOf(fault: ApiFault): PageProblem {
  return problemAmong(fault, Object.keys(en) as PageProblem[])
}
