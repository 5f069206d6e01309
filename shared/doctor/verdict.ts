// The doctor: from facts to findings, the first of which is the verdict. The rules are one table in the order of causes: a supply
// that fails explains a silent meter and a lost network, a wrong password explains a full ring, and not the other way round. Pure; the words
// are in words/, the codes are for ever.

import { type Cause, causeNow, causeOf } from './causes.ts'
import { type Facts, patienceS } from './facts.ts'

export const VERDICTS = [
  // is it there, and whose
  'no-dongle',
  'revoked',
  'mute',
  'no-identity',
  // power
  'brown-out',
  // memory and program
  'memory',
  'program-error',
  'no-program',
  // the P1 line
  'p1-silent',
  'p1-inverted',
  'p1-encrypted',
  'p1-noise',
  'p1-half',
  // Wi-Fi and network
  'not-set-up',
  'wifi-password',
  'wifi-missing',
  'wifi-weak',
  'wifi-refused',
  'no-internet',
  'portal',
  // the gateway
  'not-accepted',
  'tls',
  'not-stored',
  'gateway-away',
  'restless',
  'never-heard',
  'out-of-reach',
  // what waits
  'ring-full',
  // updates and other changes
  'on-trial',
  'change-returned',
  'change-failed',
  'updating',
  'update-returned',
  'update-unfit',
  'update-forged',
  'update-failed',
  'memory-worn',
  // the rest
  'clock-wrong',
  'not-bound',
  'connecting',
  'all-well',
] as const
export type VerdictCode = (typeof VERDICTS)[number]

const QUICK_RESTARTS = 2
/** A running program needs about 2,000 variables; below this many free ones AES finds no flat piece. */
const FREE_MIN = 400
/** One in so many telegrams broken is a line to look at, whatever the last window says. */
const BAD_ONE_IN = 20
const BAD_MIN = 30
const WEAK_DBM = -78
const RING_FULL_PERCENT = 90
/** Connections that ended, an hour, from which on it is no accident. */
const RESTLESS_PER_HOUR = 4
const RESTLESS_MIN = 4

/** Refusals of an update: made for something else; or against which the dongle defends itself. Others mend themselves. */
const UNFIT: (string | undefined)[] = ['malformed', 'other-board', 'other-engine', 'other-map', 'too-large']
const FORGED: (string | undefined)[] = ['forged', 'replayed', 'below-floor']

type Rule = (facts: Facts) => boolean

const isGone = ({ state }: Facts): boolean => state === 'lost' || state === 'retired'
const isP1 =
  (...words: string[]): Rule =>
  ({ p1Trouble }) =>
    p1Trouble !== undefined && words.includes(p1Trouble)
const isCut = ({ link }: Facts): boolean => link === 'no-network' || link === 'no-gateway'
const isCutBy =
  (cause: Cause): Rule =>
  facts =>
    isCut(facts) && causeNow(facts.reasons) === cause
const isRefused =
  (codes: (string | undefined)[]): Rule =>
  ({ update }) =>
    update?.word === 'refused' && codes.includes(update.code)

function isLineBad({ telegramsOk = 0, telegramsBad = 0 }: Facts): boolean {
  return telegramsBad >= BAD_MIN && telegramsBad * BAD_ONE_IN > telegramsOk + telegramsBad
}

/** Open now, and yet it was cut off again and again. */
function isRestless({ link, reasons, uptimeS = 0 }: Facts): boolean {
  if (link !== 'open' || reasons === undefined) return false
  let cuts = 0
  for (const [code, count] of Object.entries(reasons.counts)) if (causeOf(Number(code)) === 'restless') cuts += count
  return cuts >= RESTLESS_MIN && cuts * 3600 > RESTLESS_PER_HOUR * uptimeS
}

function isUnheard({ way, silentS, hasNoDongle }: Facts): boolean {
  return way === 'remote' && silentS === undefined && hasNoDongle !== true
}

const RULES: { [code in VerdictCode]: Rule } = {
  'no-dongle': ({ hasNoDongle }) => hasNoDongle === true,
  revoked: isGone,
  mute: ({ isMute }) => isMute === true,
  'no-identity': ({ hasNoIdentity }) => hasNoIdentity === true,
  'brown-out': ({ quickRestarts = 0 }) => quickRestarts >= QUICK_RESTARTS,
  memory: ({ reset, isOutOfMemory, freeVariables = FREE_MIN }) =>
    reset === 'memory' || isOutOfMemory === true || freeVariables < FREE_MIN,
  'program-error': ({ reset, hasError }) => reset === 'error' || hasError === true,
  'no-program': ({ update }) => update?.word === 'rescue',
  'p1-silent': isP1('silence'),
  'p1-inverted': isP1('inverted'),
  'p1-encrypted': isP1('encrypted'),
  'p1-noise': isP1('noise', 'slow', 'parity', 'flood'),
  'p1-half': facts => isP1('half', 'crc')(facts) || isLineBad(facts),
  'not-set-up': ({ link }) => link === 'none',
  'wifi-password': isCutBy('wifi-password'),
  'wifi-missing': isCutBy('wifi-missing'),
  'wifi-weak': facts => isCutBy('wifi-weak')(facts) || (facts.rssiDbm ?? 0) < WEAK_DBM,
  'wifi-refused': isCutBy('wifi-refused'),
  'no-internet': isCutBy('no-internet'),
  portal: isCutBy('portal'),
  'not-accepted': isCutBy('not-accepted'),
  tls: isCutBy('tls'),
  'not-stored': isCutBy('not-stored'),
  'gateway-away': isCutBy('gateway-away'),
  restless: facts => isCutBy('restless')(facts) || isRestless(facts),
  'never-heard': isUnheard,
  'out-of-reach': ({ silentS = 0, intervalS }) => silentS > patienceS(intervalS),
  'ring-full': ({ ringPercent = 0 }) => ringPercent >= RING_FULL_PERCENT,
  'on-trial': ({ order }) => order === 'on-trial',
  'change-returned': ({ order }) => order === 'returned',
  'change-failed': ({ order }) => order === 'failed',
  updating: ({ update }) => update?.word === 'given' || update?.word === 'begun',
  'update-returned': ({ update }) => update?.word === 'returned',
  'update-unfit': isRefused(UNFIT),
  'update-forged': isRefused(FORGED),
  'update-failed': ({ update }) => update?.word === 'failed' && update.code !== 'withdrawn',
  'memory-worn': ({ update }) => update?.word === 'damaged' || update?.code === 'flash',
  'clock-wrong': isP1('clock'),
  // of one that was never heard nobody can say that it works
  'not-bound': facts =>
    facts.state !== undefined && facts.state !== 'bound' && facts.state !== 'suspended' && !isUnheard(facts),
  connecting: facts => isCut(facts) && causeNow(facts.reasons) === undefined,
  'all-well': () => true,
}

/** Everything that is found, by cause; the first is the verdict. Never empty: all-well stands alone. */
export function findingsOf(facts: Facts): [VerdictCode, ...VerdictCode[]] {
  const found = VERDICTS.filter(code => code !== 'all-well' && RULES[code](facts))
  const [first, ...rest] = found
  if (first === undefined) return ['all-well']
  // Beyond these nothing was looked at.
  return isFinal(first) ? [first] : [first, ...rest]
}

function isFinal(code: VerdictCode): boolean {
  return code === 'no-dongle' || code === 'revoked' || code === 'mute' || code === 'no-identity'
}
