// How the making of a dongle is shown: a line per step with a bar while it runs on a terminal, plain lines into a file, or one JSON
// object per step for programs. Facts that come here are never secret; the tests look for that.

import { styleText } from 'node:util'
import { exitCodeOf, inWords, TROUBLES, type Trouble } from './trouble.ts'

export type StepName = 'pin' | 'files' | 'connect' | 'identity' | 'write' | 'selftest' | 'register' | 'label' | 'tray'

export interface Facts {
  [name: string]: string | number | boolean | string[] | undefined
}

export interface Show {
  /** A step is over: a sentence for people, facts for programs. */
  done(step: StepName, sentence: string, facts?: Facts): void
  /** While a step runs; `part` is 0 … 1. */
  progress(step: StepName, part: number, sentence: string): void
  /** A person must do something now. */
  ask(sentence: string): void
  trouble(trouble: Trouble, port?: string): void
}

export interface Output {
  write(text: string): unknown
  isTTY?: boolean
}

/** One object a line: {step, state, …facts}; `progress` at most once per percent. */
export function jsonShow(out: Output): Show {
  const line = (value: object): void => void out.write(`${JSON.stringify(value)}\n`)
  let told = ''
  return {
    done: (step, _sentence, facts = {}) => line({ step, state: 'done', ...facts }),
    progress(step, part, sentence) {
      const percent = Math.floor(part * 100)
      if (told === `${step} ${percent} ${sentence}`) return
      told = `${step} ${percent} ${sentence}`
      line({ step, state: 'progress', percent, doing: sentence })
    },
    ask: sentence => line({ step: 'ask', state: 'waiting', ask: sentence }),
    trouble(trouble, port) {
      const { what, next } = inWords(trouble.code, trouble.facts)
      const exitCode = exitCodeOf(trouble.code)
      line({
        step: 'failed',
        state: 'failed',
        port,
        code: trouble.code,
        class: TROUBLES[trouble.code].is,
        exitCode,
        what,
        next,
      })
    },
  }
}

const BAR_WIDTH = 24
const NAME_WIDTH = 9

/** For people. Colours on a terminal that wants them; NO_COLOR and `hasColour` false turn them off. */
export function wordShow(out: Output, hasColour: boolean): Show {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    hasColour && out.isTTY === true ? styleText(style, text, { stream: process.stdout }) : text
  let isBarOpen = false
  const line = (text: string): void => {
    out.write(isBarOpen ? `\r\x1b[K${text}\n` : `${text}\n`)
    isBarOpen = false
  }
  return {
    done: (step, sentence) => line(`${paint('green', 'ok')}  ${step.padEnd(NAME_WIDTH)} ${sentence}`),
    progress(step, part, sentence) {
      if (out.isTTY !== true) return
      const full = Math.round(Math.min(1, part) * BAR_WIDTH)
      const bar = '#'.repeat(full) + '.'.repeat(BAR_WIDTH - full)
      out.write(`\r\x1b[K    ${step.padEnd(NAME_WIDTH)} ${paint('cyan', bar)} ${Math.floor(part * 100)} % ${sentence}`)
      isBarOpen = true
    },
    ask: sentence => line(`${paint('yellow', '>>')}  ${sentence}`),
    trouble(trouble, port) {
      const { what, next } = inWords(trouble.code, trouble.facts)
      line(`${paint('red', 'no')}  ${port === undefined ? '' : `${port}: `}${what} (${trouble.code})`)
      line(`    ${next}`)
    },
  }
}
