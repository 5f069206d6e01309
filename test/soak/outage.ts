// The gateway killed for ten minutes, told line by line: what the dongle says, and each minute what the meter had sent, what the store had of it
// and what was counted as lost. On the real engine, the meter at its pseudo-terminal, or on the virtual dongle; at 60 times the speed of a clock.

import type { HostClock } from '../../firmware/host/clock.ts'
import { openVirtualDongle } from '../../firmware/host/dongle.ts'
import { lineFromMeter } from '../../firmware/host/p1-line.ts'
import { prepareFlash } from '../../firmware/host/prepare-flash.ts'
import * as reasons from '../../firmware/reasons.ts'
import { runPaced } from '../support/paced-engine.ts'
import { type Outcome, openStand, type Stand } from './stand.ts'

const KILLED_S = 120
const BACK_S = 720
/** The meter is unplugged then. */
const LAST_S = 840
/** All must have arrived by then. */
const END_S = 1800
const MINUTE_S = 60
const STEP_MS = 250
/** What says little in a transcript: one for each batch, and numbers for the installer's tool. */
const LEFT_OUT = /^(batch kept|acked|now): |^$/

/** PROBE_UNANSWERED = 18 is "18, probe unanswered". */
const REASON_WORDS = new Map(
  Object.entries(reasons).map(([name, code]) => [String(code), name.toLowerCase().replaceAll('_', ' ')]),
)
const inWords = (text: string): string =>
  text.replace(/^(?:network: |link: down, )(\d+)$/, (all, code) => `${all}, ${REASON_WORDS.get(code)}`)

export interface OutageOptions {
  /** Absent: on the virtual dongle. */
  engine?: string
  bundle: string
  variables: number
  speed: number
  line(second: number, who: string, text: string): void
}

export interface Outage extends Outcome {
  /** When all had arrived; END_S when they had not. */
  doneS: number
}

export async function liveOutage(options: OutageOptions): Promise<Outage> {
  const { line } = options
  let counted = 0
  let isDone = false
  const stand = await openStand([{ kind: 'gateway killed', fromS: KILLED_S, toS: BACK_S }], (second, text) =>
    line(second, 'gateway', text.replace('-- the gateway is ', '')),
  )
  /** Each second; true when it is over. */
  const tick = (second: number): boolean => {
    if (isDone) return true
    stand.tick(second)
    isDone = second > LAST_S && (second >= END_S || stand.outcome().missing === 0)
    if (isDone || second >= counted + MINUTE_S) {
      counted = second - (second % MINUTE_S)
      line(second, 'counts', countsOf(stand.outcome()))
    }
    return isDone
  }
  const hear = (second: number, text: string): void => {
    if (!LEFT_OUT.test(text)) line(second, 'dongle', inWords(text))
  }
  try {
    const doneS = await (options.engine === undefined ? onVirtual : onEngine)(stand, options, tick, hear)
    return { ...stand.outcome(), doneS }
  } finally {
    await stand.stop()
  }
}

function countsOf({ telegrams, delivered, lost, missing }: Outcome): string {
  const losses = Object.values(lost).reduce((sum, one) => sum + one, 0)
  return `sent ${telegrams}, stored ${delivered}, in the dongle ${missing}, lost ${losses}`
}

type Machine = (
  stand: Stand,
  options: OutageOptions,
  tick: (second: number) => boolean,
  hear: (second: number, text: string) => void,
) => Promise<number>

const onEngine: Machine = async (stand, options, tick, hear) => {
  let doneS = 0
  await runPaced({
    engine: options.engine as string,
    bundle: options.bundle,
    variables: options.variables,
    prepare: chip => prepareFlash(chip, stand.identity, stand.config),
    speed: options.speed,
    everyS: 1,
    memoryEvery: 0,
    lastS: LAST_S,
    telegram: second => {
      doneS = second
      if (tick(second)) return undefined
      return second > LAST_S ? '' : stand.telegramAt(second)
    },
    line: hear,
  })
  return doneS
}

const onVirtual: Machine = async (stand, options, tick, hear) => {
  const clock = pacedClock()
  const secondNow = (): number => Math.floor(clock.nowMs() / 1000)
  const dongle = openVirtualDongle({
    clock,
    bundle: { code: options.bundle, filename: 'nrt.js' },
    prepare: chip => prepareFlash(chip, stand.identity, stand.config),
    // a meter that is not asked sends nothing
    openLine: (feed, isRequested) =>
      lineFromMeter(
        { telegramAt: timeS => String(timeS) },
        {
          clock,
          startS: 0,
          isRequested,
          feed: bytes => {
            const second = Number(Buffer.from(bytes).toString())
            if (second <= LAST_S) feed(Buffer.from(stand.telegramAt(second), 'latin1'))
          },
        },
      ),
    tell: event => {
      if (event.event === 'print') hear(secondNow(), event.line)
    },
  })
  try {
    const stepMs = STEP_MS / options.speed
    for (let due = performance.now(); ; due = Math.max(due + stepMs, performance.now() - stepMs)) {
      await new Promise(resolve => setTimeout(resolve, Math.max(0, due - performance.now())))
      clock.advance(STEP_MS)
      if (clock.nowMs() % 1000 === 0 && tick(secondNow())) return secondNow()
    }
  } finally {
    await dongle.stop()
  }
}

/** A clock that waits for who turns it: on a machine with other work it goes slower, and nobody is late. */
function pacedClock(): HostClock & { advance(ms: number): void } {
  let nowMs = 0
  let waiting: { atMs: number; callback: () => void }[] = []
  return {
    nowMs: () => nowMs,
    after: (ms, callback) => {
      const one = { atMs: nowMs + Math.max(0, ms), callback }
      waiting.push(one)
      return () => {
        waiting = waiting.filter(other => other !== one)
      }
    },
    advance: ms => {
      const untilMs = nowMs + ms
      for (;;) {
        const next = waiting.reduce<(typeof waiting)[0] | undefined>(
          (first, one) => (one.atMs <= untilMs && (!first || one.atMs < first.atMs) ? one : first),
          undefined,
        )
        if (!next) break
        waiting = waiting.filter(other => other !== next)
        nowMs = Math.max(nowMs, next.atMs)
        next.callback()
      }
      nowMs = untilMs
    },
  }
}
