// The shape of a language: every word the portal says. A language that misses one does not compile. Numbers and times
// come in as text already in the locale (format.ts); `count` beside them chooses singular or plural.

import type { DongleWords } from './dongles/words.ts'
import type { FirstStepsWords } from './first-steps/words.ts'
import type { DataWords } from './own-data/words.ts'
import type { PeopleWords } from './people/words.ts'
import type { ProblemWords } from './problems/words.ts'
import type { SharingWords } from './sharing/words.ts'

export interface Dictionary {
  /** The language's own name for itself. */
  name: string
  pageTitle: string
  productLine: string
  skipToContent: string
  language: string
  yes: string
  no: string
  more: string
  /** How many of a list; `hasMore`: there are others. */
  shown: (count: string, hasMore: boolean) => string
  meteringPoint: string
  eanEnding: (digits: string) => string

  offtake: string
  injection: string
  powerNow: string
  fromGrid: string
  toGrid: string
  balanced: string
  noPowerYet: string
  readAt: (time: string) => string

  live: string
  connecting: string
  reconnectIn: (seconds: string) => string
  retryNow: string
  serverGone: string
  asleep: string

  curve: string
  window: string
  windows: { '5m': string; '1h': string; '24h': string }
  windowsLong: { '5m': string; '1h': string; '24h': string }
  legendGap: string
  legendLoss: string
  curveLoading: string
  curveEmpty: string
  curveHelp: string
  curveComplete: string
  curveHoles: (gaps: string, losses: string) => string
  gaps: (count: number, n: string, duration: string) => string
  losses: (count: number, n: string, duration: string) => string
  noValue: string
  hereIsGap: string
  hereIsLoss: string
  peakOf: (power: string) => string
  showTable: string
  columnPeriod: string
  columnMean: (direction: string) => string

  today: string
  sinceMidnight: string
  registers: string
  registersHelp: string
  tariffNames: { day: string; night: string }
  total: string
  tariffNow: string
  capacity: string
  quarterNow: string
  monthPeak: string
  gas: string
  water: string

  quality: string
  verdicts: {
    good: string
    late: string
    offline: (ago: string) => string
    noDongle: string
    serverGone: string
    catchingUp: string
    waiting: string
  }
  justNow: string
  lastReading: string
  delay: string
  delayMeterAhead: string
  receivedToday: string
  readings: (count: number, n: string) => string
  complete: (percent: string) => string
  lostToday: string
  gapsToday: string
  none: string
  signal: string
  signalWords: { strong: string; good: string; fair: string; weak: string }
  signalDbm: (dbm: string) => string
  dongle: string
  dongleStates: { online: string; late: string; offline: string }
  backlog: string
  backlogBatches: (count: number, n: string) => string
  backlogEmpty: string
  upSince: string
  firmware: string
  unknown: string

  keyTitle: string
  keyMissing: string
  keyField: string
  keyHelp: string
  keySubmit: string
  keyWrong: string
  keyThrottled: string
  keyUnreachable: string

  noPointTitle: string
  noPointText: string
  noReadingTitle: string
  noReadingSteps: string[]
  loading: string
  unreachableTitle: string
  unreachableText: string

  announceLive: (power: string) => string
  announceServerGone: string
  announceLate: string

  data: DataWords
  dongles: DongleWords
  firstSteps: FirstStepsWords
  people: PeopleWords
  problems: ProblemWords
  sharing: SharingWords
}
