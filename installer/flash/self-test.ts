// What a started dongle says of itself on its console, judged: did the program start, does the flash work, what of the P1 line and
// the radio. Pure; lines in, verdicts out. Lines that it does not know it lets pass: programs of other versions say more.

import { type Phrase, phrase } from '../text/say.ts'

export type Part = 'program' | 'flash' | 'p1' | 'wifi'
export const PARTS: Part[] = ['program', 'flash', 'p1', 'wifi']

/** untold: it said nothing about it (yet). `said` is one of our own sentences, never a line as it came. */
export interface PartVerdict {
  state: 'good' | 'bad' | 'untold'
  said: Phrase
  /** What to do about it; undefined when there is nothing. */
  advice: Phrase | undefined
}

export interface SelfTest {
  parts: { [part in Part]: PartVerdict }
  /** The program's version. */
  firmware: string | undefined
  /** Takes a line; true when it changed a verdict. */
  take(line: string): boolean
}

const P1_TROUBLES = [
  'silence',
  'noise',
  'crc',
  'half',
  'flood',
  'inverted',
  'parity',
  'slow',
  'encrypted',
  'clock',
] as const

interface Rule {
  pattern: RegExp
  judge(test: SelfTest, match: RegExpExecArray): void
}

const BROKEN_FLASH = phrase('do.worn')

const RULES: Rule[] = [
  {
    pattern: /^nrt (\d+\.\d+\.\d+\S{0,20})$/,
    judge(test, match) {
      test.firmware = match[1]
      judge(test, 'program', 'good', phrase('said.started', { version: match[1] as string }))
    },
  },
  { pattern: /^boot (\d+)\b/, judge: test => judge(test, 'flash', 'good', phrase('said.counts')) },
  {
    pattern: /^identity: ([a-z.-]+)/,
    judge: (test, match) =>
      judge(test, 'flash', 'bad', phrase('said.no-identity-because', { why: match[1] as string }), BROKEN_FLASH),
  },
  { pattern: /^no identity\b/, judge: test => judge(test, 'flash', 'bad', phrase('said.no-identity'), BROKEN_FLASH) },
  {
    pattern: /^config: ([a-z.-]+)/,
    judge: (test, match) =>
      judge(test, 'flash', 'bad', phrase('said.no-config', { why: match[1] as string }), BROKEN_FLASH),
  },
  { pattern: /^p1: ([a-z]+)/, judge: (test, match) => judgeP1(test, match[1] as string) },
  { pattern: /^network: up$/, judge: test => judge(test, 'wifi', 'good', phrase('said.joined')) },
  { pattern: /^setup: open$/, judge: test => judge(test, 'wifi', 'good', phrase('said.setup')) },
  {
    pattern: /^network: (\d+)$/,
    judge: (test, match) =>
      judge(test, 'wifi', 'bad', phrase('said.not-joined', { reason: match[1] as string }), phrase('do.network')),
  },
  {
    pattern: /^(Uncaught|ERROR:|error \d+:|memory: none left|Execution Interrupted|Out of Memory)/i,
    judge: test => judge(test, 'program', 'bad', phrase('said.stopped'), phrase('do.rebuild')),
  },
]

function judge(test: SelfTest, part: Part, state: 'good' | 'bad', said: Phrase, advice?: Phrase): void {
  test.parts[part] = { state, said, advice }
}

function judgeP1(test: SelfTest, trouble: string): void {
  const known = P1_TROUBLES.find(one => one === trouble)
  if (trouble === 'none' || trouble === 'ok') judge(test, 'p1', 'good', phrase('said.telegrams'))
  else if (known !== undefined) judge(test, 'p1', 'bad', phrase(`said.${known}`), phrase(`do.${known}`))
  else judge(test, 'p1', 'bad', phrase('said.p1-trouble', { trouble }), phrase('do.p1-trouble'))
}

export function newSelfTest(): SelfTest {
  const untold = (advice?: Phrase): PartVerdict => ({ state: 'untold', said: phrase('said.nothing'), advice })
  const test: SelfTest = {
    parts: { program: untold(), flash: untold(), p1: untold(), wifi: untold(phrase('do.radio')) },
    firmware: undefined,
    take(line) {
      for (const { pattern, judge } of RULES) {
        const match = pattern.exec(line)
        if (match === null) continue
        judge(test, match)
        return true
      }
      return false
    },
  }
  return test
}

/** Of those who make it: a bench has no meter to hear and perhaps not the network that was preloaded, but a radio always has a word. */
export const HEARD: Part[] = ['wifi']

/** Over when a needed part is bad, or all needed ones are good and those of HEARD have been heard. */
export function outcomeOf(test: SelfTest, needed: Part[]): 'good' | 'bad' | 'open' {
  const states = needed.map(part => test.parts[part].state)
  if (states.includes('bad')) return 'bad'
  return missingIn(test, needed) === undefined ? 'good' : 'open'
}

/** The first part that is not as it has to be. */
export function missingIn(test: SelfTest, needed: Part[]): Part | undefined {
  return (
    needed.find(part => test.parts[part].state !== 'good') ?? HEARD.find(part => test.parts[part].state === 'untold')
  )
}
