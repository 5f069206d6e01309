// How the making of a dongle is shown: a line per step with a bar while it runs on a terminal, plain lines into a file, or one JSON
// object per step for programs. Facts that come here are never secret; the tests look for that.

import { styleText } from 'node:util'
import type { Language } from '../text/language.ts'
import { phrase, type Said, say } from '../text/say.ts'
import { exitCodeOf, inWords, type Trouble } from './trouble.ts'
import { TROUBLES } from './trouble-codes.ts'

const STEPS = ['pin', 'files', 'connect', 'identity', 'write', 'selftest', 'register', 'label', 'tray'] as const
export type StepName = (typeof STEPS)[number]

export interface Facts {
  [name: string]: string | number | boolean | string[] | undefined
}

export interface Show {
  /** A step is over: a sentence for people, facts for programs. */
  done(step: StepName, sentence: Said, facts?: Facts): void
  /** While a step runs; `part` is 0 … 1. */
  progress(step: StepName, part: number, sentence: Said): void
  /** A person must do something now. */
  ask(sentence: Said): void
  trouble(trouble: Trouble, port?: string): void
}

export interface Output {
  write(text: string): unknown
  isTTY?: boolean
}

/** What the command line asks for, on stdout. */
export function showFor(wish: { json?: boolean; color: boolean; lang: Language }): Show {
  return wish.json === true ? jsonShow(process.stdout, wish.lang) : wordShow(process.stdout, wish.color, wish.lang)
}

/** One object a line: {step, state, …facts}; `progress` at most once per percent. */
export function jsonShow(out: Output, language: Language): Show {
  const line = (value: object): void => void out.write(`${JSON.stringify(value)}\n`)
  let told = ''
  return {
    done: (step, _sentence, facts = {}) => line({ step, state: 'done', ...facts }),
    progress(step, part, sentence) {
      const percent = Math.floor(part * 100)
      const doing = say(sentence, language)
      if (told === `${step} ${percent} ${doing}`) return
      told = `${step} ${percent} ${doing}`
      line({ step, state: 'progress', percent, doing })
    },
    ask: sentence => line({ step: 'ask', state: 'waiting', ask: say(sentence, language) }),
    trouble(trouble, port) {
      const { what, next } = inWords(trouble.code, trouble.facts, language)
      const exitCode = exitCodeOf(trouble.code)
      line({
        step: 'failed',
        state: 'failed',
        port,
        code: trouble.code,
        class: TROUBLES[trouble.code],
        exitCode,
        what,
        next,
      })
    },
  }
}

const BAR_WIDTH = 24
/** Of a step's name, so that the sentences stand under each other. */
const NAME_WIDTH_MIN = 9

/** For people. Colours on a terminal that wants them; NO_COLOR and `hasColour` false turn them off. */
export function wordShow(out: Output, hasColour: boolean, language: Language): Show {
  const nameOf = (step: StepName): string => say(phrase(`step.${step}`), language)
  const width = Math.max(NAME_WIDTH_MIN, ...STEPS.map(step => nameOf(step).length))
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    hasColour && out.isTTY === true ? styleText(style, text, { stream: process.stdout }) : text
  let isBarOpen = false
  const line = (text: string): void => {
    out.write(isBarOpen ? `\r\x1b[K${text}\n` : `${text}\n`)
    isBarOpen = false
  }
  return {
    done: (step, sentence) => line(`${paint('green', 'ok')}  ${nameOf(step).padEnd(width)} ${say(sentence, language)}`),
    progress(step, part, sentence) {
      if (out.isTTY !== true) return
      const full = Math.round(Math.min(1, part) * BAR_WIDTH)
      const bar = '#'.repeat(full) + '.'.repeat(BAR_WIDTH - full)
      const name = nameOf(step).padEnd(width)
      out.write(`\r\x1b[K    ${name} ${paint('cyan', bar)} ${Math.floor(part * 100)} % ${say(sentence, language)}`)
      isBarOpen = true
    },
    ask: sentence => line(`${paint('yellow', '>>')}  ${say(sentence, language)}`),
    trouble(trouble, port) {
      const { what, next } = inWords(trouble.code, trouble.facts, language)
      line(`${paint('red', 'no')}  ${port === undefined ? '' : `${port}: `}${what} (${trouble.code})`)
      line(`    ${next}`)
    },
  }
}
