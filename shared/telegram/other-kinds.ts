// The objects that hold something else than one number: texts, month peaks and their history, limits with one or two values.
// For node.

import { closeAt, latin1 } from './bytes.ts'
import type { Entry } from './entries.ts'
import { type TelegramFaultCode, TIMED_FAULTS } from './fault.ts'
import { type History, readHistory } from './history.ts'
import { scaledNumber } from './number.ts'
import type { Telegram } from './telegram.ts'
import type { PeaksName, TextName } from './telegram-fields.ts'
import { decodeHex, eanOf, plainText } from './text.ts'
import { KW, timedValueAt } from './timed-bytes.ts'
import { groupsOf, type TimedValue } from './timed-value.ts'

/** Reads the line of `entry` from its first bracket at `valueAt`; gives what is wrong with it. `ranks` tells which of two codes filled a name. */
export function readOther(
  telegram: Telegram,
  entry: Entry,
  bytes: Uint8Array,
  valueAt: number,
  end: number,
): TelegramFaultCode | undefined {
  switch (entry.unit) {
    case 'text':
    case 'ean':
      return setText(telegram, entry, readText(bytes, valueAt, end, entry))
    case 'peak':
      return setPeak(telegram, entry, timedValueAt(bytes, valueAt, end, KW))
    case 'history': {
      const history = readHistoryOf(bytes, valueAt, end, entry)
      if (!history.isOdd || history.peaks.length > 0) telegram.fields[entry.name as PeaksName] = history.peaks
      return history.isOdd ? 'telegram.bad-history' : undefined
    }
    case 'limit':
    case 'limits':
      return setLimits(telegram, entry, readLimits(bytes, valueAt, end))
    default:
      return undefined
  }
}

function readText(bytes: Uint8Array, from: number, to: number, entry: Entry): string | undefined {
  const close = closeAt(bytes, from, to)
  if (close === to) return undefined
  const text = latin1(bytes, from + 1, close)
  if (entry.unit === 'ean') return eanOf(text)
  if (entry.name.startsWith('text')) return text === '' ? undefined : (decodeHex(text) ?? text)
  return plainText(text)
}

let serialRank = 0
let versionRank = 0

/** Of two codes with one name the one earlier in the table counts, wherever it stands in the telegram. */
function setText(telegram: Telegram, entry: Entry, text: string | undefined): undefined {
  if (text === undefined) return
  const fields = telegram.fields
  if (entry.name === 'meterSerial') {
    if (fields.meterSerial !== undefined && serialRank < entry.rank) return
    serialRank = entry.rank
  } else if (entry.name === 'version') {
    if (fields.version !== undefined && versionRank < entry.rank) return
    versionRank = entry.rank
  }
  fields[entry.name as TextName] = text
}

function setPeak(telegram: Telegram, entry: Entry, peak: TimedValue): TelegramFaultCode | undefined {
  if (entry.name === 'monthPeakOfftakeW') {
    telegram.fields.monthPeakOfftakeW = peak.value
    telegram.fields.monthPeakAtS = peak.atS
  } else {
    telegram.fields.monthPeakInjectionW = peak.value
    telegram.fields.monthPeakInjectionAtS = peak.atS
  }
  return peak.fault === undefined ? undefined : TIMED_FAULTS[peak.fault]
}

function readHistoryOf(bytes: Uint8Array, from: number, to: number, entry: Entry): History {
  return readHistory(bytes, from, to, entry.name === 'monthPeaks' ? '1.6.0' : '2.6.0')
}

interface Limits {
  offtake: number | undefined
  injection: number | undefined
  unit: 'kVA' | 'A' | 'kW'
  fault: TelegramFaultCode | undefined
}

/** `999*A`, `65.0*A,-65.0*A`, `100*A)(-063*A`: the one with a sign is for injection. All nines mean that none is set. */
function readLimits(bytes: Uint8Array, from: number, to: number): Limits {
  const limits: Limits = { offtake: undefined, injection: undefined, unit: 'kW', fault: undefined }
  for (const part of groupsOf(latin1(bytes, from, to)).flatMap(group => group.split(','))) {
    const text = part.startsWith('-') ? part.slice(1) : part
    if (/^0*9+(\.9+|\.0+)?\D*$/.test(text)) continue
    limits.unit = text.endsWith('VA') ? 'kVA' : text.endsWith('A') ? 'A' : 'kW'
    const value = scaledNumber(text, limits.unit)
    if (typeof value !== 'number') limits.fault = value === 'unit' ? 'telegram.bad-unit' : 'telegram.bad-number'
    else if (part === text) limits.offtake = value
    else limits.injection = value
  }
  return limits
}

function setLimits(telegram: Telegram, entry: Entry, limits: Limits): TelegramFaultCode | undefined {
  const fields = telegram.fields
  if (entry.name === 'fuse') {
    fields.fuseOfftakecA = limits.offtake
    fields.fuseInjectioncA = limits.injection
  } else if (limits.unit === 'kVA') fields.limitVA = limits.offtake
  else if (limits.unit === 'A') fields.limitcA = limits.offtake
  else fields.limitW = limits.offtake
  return limits.fault
}
