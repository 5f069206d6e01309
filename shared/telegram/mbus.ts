// The meters behind the electricity meter: gas, water, heat on channels 1 … 4 in the order of installation. What a channel
// measures is what its type says (0-n:24.1.0), never what the code of the value suggests: 24.2.1 is gas in the Netherlands and
// water in Flanders. Of two meters of a kind the one with the newer capture counts: the other was taken away. For node.

import { latin1 } from './bytes.ts'
import type { TelegramFault } from './fault.ts'
import { scaledNumber } from './number.ts'
import { mbusKind } from './obis.ts'
import type { MbusMeter, Telegram, TelegramObject } from './telegram.ts'
import { eanOf, plainText } from './text.ts'
import { groupsOf, timedValue } from './timed-value.ts'

interface Capture {
  groups: string[]
  object: TelegramObject
  rank: number
}

export interface MbusState {
  meters: Array<MbusMeter | undefined>
  captures: Array<Capture | undefined>
  seen: Set<string>
}

/** Where the value stands; an earlier code counts before a later one. */
const VALUE_CODES = ['24.2.1', '24.2.3', '24.3.0']

export function createMbus(): MbusState {
  return { meters: [], captures: [], seen: new Set() }
}

/** Takes an object of channel 1 … 4; false when it is none that we know. */
export function readMbusObject(
  telegram: Telegram,
  state: MbusState,
  bytes: Uint8Array,
  object: TelegramObject,
): boolean {
  const channel = bytes[object.at + 2]! - 48
  const code = latin1(bytes, object.at + 4, object.valueAt)
  const groups = groupsOf(latin1(bytes, object.valueAt, object.end))
  const rank = VALUE_CODES.indexOf(code)
  if (rank < 0 && !OTHER_CODES.includes(code)) return false
  const obis = `0-${channel}:${code}`
  if (state.seen.has(obis)) {
    telegram.faults.push({ code: 'telegram.duplicate', at: object.at, length: object.end - object.at, obis })
    return true
  }
  state.seen.add(obis)
  const meter = state.meters[channel] ?? { channel }
  state.meters[channel] = meter
  if (rank >= 0) {
    const before = state.captures[channel]
    if (before === undefined || rank < before.rank) state.captures[channel] = { groups, object, rank }
    return true
  }
  const text = groups[0] ?? ''
  const fault = setDetail(meter, code, text)
  if (fault !== undefined) telegram.faults.push({ code: fault, at: object.valueAt + 1, length: text.length, obis })
  return true
}

const OTHER_CODES = ['24.1.0', '96.1.0', '96.1.1', '96.1.2', '24.4.0', '96.3.10']

function setDetail(meter: MbusMeter, code: string, text: string): 'telegram.bad-number' | undefined {
  if (code === '24.1.0' || code === '24.4.0') {
    const value = scaledNumber(text, '')
    if (typeof value !== 'number') return text === '' ? undefined : 'telegram.bad-number'
    if (code === '24.4.0') meter.valve = value
    else meter.type = value
  } else if (code === '96.1.2') {
    const ean = eanOf(text)
    if (ean !== undefined) meter.ean = ean
  } else if (code !== '96.3.10') {
    const serial = plainText(text)
    if (serial !== undefined && meter.serial === undefined) meter.serial = serial
  }
  return undefined
}

/** Reads the captures now that every type is known. */
export function finishMbus(telegram: Telegram, state: MbusState): void {
  for (let channel = 1; channel <= 4; channel++) {
    const meter = state.meters[channel]
    if (meter === undefined) continue
    telegram.mbus.push(meter)
    const capture = state.captures[channel]
    const kind = meter.type === undefined ? undefined : mbusKind(meter.type)
    if (kind === undefined) continue
    meter.kind = kind
    if (capture === undefined) continue
    const found = timedValue(capture.groups, kind === 'heat' ? 'GJ' : 'm3')
    if (found.fault !== undefined) telegram.faults.push(faultOf(found.fault, capture.object, channel))
    if (found.value === undefined) continue
    meter.value = found.value
    if (found.atS !== undefined) meter.atS = found.atS
    keepNewest(telegram, meter)
  }
}

function faultOf(code: TelegramFault['code'], object: TelegramObject, channel: number): TelegramFault {
  return { code, at: object.valueAt, length: object.end - object.valueAt, obis: `0-${channel}:24.2` }
}

function keepNewest(telegram: Telegram, meter: MbusMeter): void {
  const fields = telegram.fields
  const [valueName, timeName] =
    meter.kind === 'gas'
      ? (['gasDm3', 'gasAtS'] as const)
      : meter.kind === 'water'
        ? (['waterDm3', 'waterAtS'] as const)
        : (['heatMJ', 'heatAtS'] as const)
  if (fields[valueName] !== undefined && (fields[timeName] ?? 0) >= (meter.atS ?? 0)) return
  fields[valueName] = meter.value
  if (meter.atS === undefined) delete fields[timeName]
  else fields[timeName] = meter.atS
}
