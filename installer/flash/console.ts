// The dongle's console, line by line: feeds the self-test until it has its outcome or the time is up. Console bytes carry VT100
// sequences, prompts and the ROM's own words; lines are kept for nobody.

import { phrase } from '../text/say.ts'
import { missingIn, newSelfTest, outcomeOf, type Part, type SelfTest } from './self-test.ts'
import type { SerialLine } from './serial-line.ts'
import { Trouble } from './trouble.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: the console speaks VT100
const CONSOLE_NOISE = /\x1b\[[0-9;?]*[A-Za-z]|\r|\x08/g
const LINE_MAX = 4096

export type TakeBytes = (bytes: Uint8Array) => void

/** Bytes in, whole lines out. */
export function lineSplitter(take: (text: string) => void): TakeBytes {
  let rest = ''
  return bytes => {
    const parts = (rest + Buffer.from(bytes).toString('latin1').replaceAll(CONSOLE_NOISE, '')).split('\n')
    rest = (parts.pop() ?? '').slice(-LINE_MAX)
    for (const part of parts) take(part.replace(/^>+/, ''))
  }
}

export interface SelfTestWish {
  needed: Part[]
  timeoutMs: number
  /** A verdict changed. */
  told(test: SelfTest): void
}

/**
 * Starts the dongle by `start`, which gives the line's bytes to `listen` as soon as the console has it. Throws Trouble selftest.silent, selftest.failed or port.lost; parts that are not
 * needed may be bad, and untold but for the radio.
 */
export async function waitForSelfTest(
  line: SerialLine,
  wish: SelfTestWish,
  start: (listen: TakeBytes) => Promise<void>,
): Promise<SelfTest> {
  const test = newSelfTest()
  const outcome = await new Promise<'good' | 'bad' | 'late' | 'lost'>((resolve, reject) => {
    const timer = setTimeout(() => resolve('late'), wish.timeoutMs)
    const end = (how: 'good' | 'bad' | 'lost'): void => {
      clearTimeout(timer)
      resolve(how)
    }
    line.onLost(() => end('lost'))
    const listen = lineSplitter(text => {
      if (!test.take(text)) return
      wish.told(test)
      const now = outcomeOf(test, wish.needed)
      if (now !== 'open') end(now)
    })
    start(listen).catch(error => {
      clearTimeout(timer)
      reject(error)
    })
  })
  line.onData(() => {})
  if (outcome === 'good') return test
  if (outcome === 'lost') throw new Trouble('port.lost', { doing: phrase('doing.waiting') })
  if (outcome === 'late' && test.parts.program.state === 'untold') throw new Trouble('selftest.silent')
  const part = missingIn(test, wish.needed) as Part
  const { said, advice } = test.parts[part]
  throw new Trouble('selftest.failed', {
    said: phrase('said.part', { part: phrase(`part.${part}`), said }),
    advice: advice ?? phrase('do.again'),
  })
}
