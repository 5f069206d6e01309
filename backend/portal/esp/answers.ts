// What an endpoint answered, as a name that has words: a status, or in a word why none came (docs/esp.md). Pure.

export type AnswerName =
  | 'taken'
  | 'redirect'
  | 'forbidden'
  | 'not-found'
  | 'never'
  | 'busy'
  | 'broken'
  | 'other'
  | 'away'
  | 'late'
  | 'garbage'
  | 'not-public'

const WORDS: readonly string[] = ['away', 'late', 'garbage', 'not-public'] satisfies AnswerName[]
/** As backend/delivery/back-off.ts has it: what is refused with these never comes again. */
const NEVER = ['400', '413', '415', '422']

/** `answer`: three digits, or a word. */
export function answerName(answer: string): AnswerName {
  if (WORDS.includes(answer)) return answer as AnswerName
  if (NEVER.includes(answer)) return 'never'
  if (answer === '401' || answer === '403') return 'forbidden'
  if (answer === '404' || answer === '410') return 'not-found'
  if (answer === '429') return 'busy'
  if (/^2..$/.test(answer)) return 'taken'
  if (/^3..$/.test(answer)) return 'redirect'
  return /^5..$/.test(answer) ? 'broken' : 'other'
}

/** The status of an answer; undefined where none came. */
export function statusIn(answer: string): string | undefined {
  return WORDS.includes(answer) ? undefined : answer
}

/** Why a delivery was given up: `answer-422`, refused at once; `endpoint-late`, after days without success. */
export function whyDead(code: string): { isRefused: boolean; answer: string } {
  const isRefused = code.startsWith('answer-')
  return { isRefused, answer: code.replace(/^(answer|endpoint)-/, '') }
}
