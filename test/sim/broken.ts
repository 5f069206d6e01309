// Deliberately broken variants, one per invariant: a checker that catches none of them checks nothing.

export const BROKEN_VARIANTS = {
  'ack-before-commit': 'I1',
  'store-twice': 'I2',
  'silent-drop': 'I3',
  'overcounted-loss': 'I4',
  'drop-newest': 'I7',
  'drop-unthinned': 'I14',
  'no-tag-check': 'I8',
  'never-resend': 'I10',
  'unbounded-queue': 'I11',
  'gate-asked-once': 'I6',
  'history-leaks': 'I5',
} as const

export type Broken = keyof typeof BROKEN_VARIANTS | undefined
export type Invariant = (typeof BROKEN_VARIANTS)[keyof typeof BROKEN_VARIANTS]

/** What a checker throws: which invariant, and what was seen. */
export class InvariantBroken extends Error {
  invariant: Invariant
  constructor(invariant: Invariant, sentence: string) {
    super(`${invariant}: ${sentence}`)
    this.invariant = invariant
  }
}

export function invariant(holds: boolean, name: Invariant, sentence: () => string): void {
  if (!holds) throw new InvariantBroken(name, sentence())
}
