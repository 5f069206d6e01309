// The dongle's console as facts and happenings. It prints what it does as it does it, and every eight seconds how it is (`now:`,
// firmware/status.ts), so that whoever plugs in a cable need not restart it. Lines that this program does not know it lets pass.
//
//   now: uptime s, link (-1 open, 0 no gateway, 1 no Wi-Fi), reset, P1 word, dBm, ring %, free variables, telegrams, bad ones, reasons

import { type Facts, type LinkState, reasonsOf, resetOf } from './facts.ts'
import { bootHappening, cutHappening, type Happening } from './happenings.ts'

export interface Console {
  facts: Facts
  happenings: Happening[]
  /** Seconds since its start by its newest `now:`; undefined before the first. */
  uptimeS: number | undefined
  firmware: string | undefined
}

const LINKS: { [led: string]: LinkState } = { '-1': 'open', '0': 'no-gateway', '1': 'no-network' }
const NOW_PLACES = 10

export function newConsole(): Console {
  return { facts: { way: 'cable', isMute: true }, happenings: [], uptimeS: undefined, firmware: undefined }
}

/** A whole line without its end, heard at `atS`. False: not one of ours. */
export function takeLine(seen: Console, line: string, atS: number): boolean {
  if (line.startsWith('now: ')) return takeNow(seen, line.slice(5).split(','))
  for (const { pattern, take } of LINES) {
    const match = pattern.exec(line)
    if (match === null) continue
    seen.facts.isMute = false
    const happening = take(match, atS, seen)
    if (happening !== undefined) seen.happenings.push(happening)
    return true
  }
  return false
}

function takeNow(seen: Console, places: string[]): boolean {
  if (places.length !== NOW_PLACES) return false
  const [uptimeS, led, reset, p1Trouble, dbm, ring, free, ok, bad, reasons] = places as [string, ...string[]]
  seen.uptimeS = Number(uptimeS)
  const facts: Facts = { ...seen.facts, isMute: false, ...resetOf(reset), uptimeS: Number(uptimeS) }
  facts.p1Trouble = p1Trouble
  facts.link = reasons === '' ? 'none' : LINKS[led as string]
  facts.reasons = reasonsOf(reasons as string)
  facts.rssiDbm = dbm === '' || dbm === 'undefined' ? undefined : Number(dbm)
  facts.ringPercent = Number(ring)
  facts.freeVariables = Number(free)
  facts.telegramsOk = Number(ok)
  facts.telegramsBad = Number(bad)
  seen.facts = facts
  return true
}

interface Line {
  pattern: RegExp
  take(match: RegExpExecArray, atS: number, seen: Console): Happening | undefined
}

const LINES: Line[] = [
  {
    pattern: /^nrt (\S+)$/,
    take: (match, atS, seen) => {
      seen.firmware = match[1]
      return { atS, code: 'firmware', word: match[1] }
    },
  },
  {
    pattern: /^boot (\d+), after: ([a-z]+)/,
    take: (match, atS) => bootHappening(atS, Number(match[1]), match[2] === 'nothing' ? 'first' : (match[2] as string)),
  },
  {
    pattern: /^ring: \d+ records, (\d+) readings lost/,
    take: (match, atS) => (match[1] === '0' ? undefined : { atS, code: 'lost', n: Number(match[1]) }),
  },
  { pattern: /^p1: ([a-z]+)$/, take: (match, atS) => ({ atS, code: 'p1', word: match[1] }) },
  { pattern: /^network: up$/, take: (_match, atS) => ({ atS, code: 'network-up' }) },
  { pattern: /^(?:network:|link: down,) (\d+)$/, take: (match, atS) => cutHappening(atS, Number(match[1])) },
  { pattern: /^session: (open|closed)$/, take: (match, atS) => ({ atS, code: `session-${match[1] as 'open'}` }) },
  {
    pattern: /^error \d+: /,
    take: (_match, atS, seen) => {
      seen.facts.hasError = true
      return { atS, code: 'error' }
    },
  },
  {
    pattern: /^memory: none left/,
    take: (_match, atS, seen) => {
      seen.facts.isOutOfMemory = true
      return { atS, code: 'memory' }
    },
  },
  { pattern: /^trial: no session/, take: (_match, atS) => ({ atS, code: 'trial-ended' }) },
  {
    pattern: /^rescue: boot \d+/,
    take: (_match, atS, seen) => {
      seen.facts.update = { word: 'rescue' }
      return { atS, code: 'no-program' }
    },
  },
  { pattern: /^loader: not healthy in time/, take: (_match, atS) => ({ atS, code: 'trial-ended' }) },
  {
    pattern: /^(?:no identity\b|identity: )/,
    take: (_match, atS, seen) => {
      seen.facts.hasNoIdentity = true
      return { atS, code: 'no-identity' }
    },
  },
  {
    pattern: /^(?:batch kept|acked|interval|order|link|config|reboot|console|loader|wrong flash map)\b/,
    take: () => undefined,
  },
]
