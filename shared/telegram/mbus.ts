// The meters behind the electricity meter: gas, water, heat on channels 1 … 4 in the order of installation. What a channel
// measures is what its type says (0-n:24.1.0), never what the code of the value suggests: 24.2.1 is gas in the Netherlands and
// water in Flanders. Of two meters of a kind the one with the newer capture counts: the other was taken away. For node.

import { latin1 } from './bytes.ts'
import { type Entry, MBUS_CAPTURES } from './entries.ts'
import { TIMED_FAULTS } from './fault.ts'
import { scaledNumber } from './number.ts'
import { mbusKind } from './obis.ts'
import type { MbusMeter, Telegram } from './telegram.ts'
import { eanOf, plainText } from './text.ts'
import { GJ, M3, timedValueAt } from './timed-bytes.ts'
import { groupsOf } from './timed-value.ts'

/** A capture line that waits for the type of its channel. */
interface Capture {
  rank: number
  entry: Entry
  at: number
  end: number
}

export interface Channel {
  meter: MbusMeter
  capture: Capture | undefined
}

/** Takes a line of channel 1 … 4; `valueAt` is its first bracket. */
export function readMbusLine(
  telegram: Telegram,
  channels: Channel[],
  entry: Entry,
  bytes: Uint8Array,
  valueAt: number,
  end: number,
): void {
  const channel = channelOf(channels, entry.channel)
  const rank = MBUS_CAPTURES.indexOf(entry.name)
  if (rank >= 0) {
    const before = channel.capture
    if (before === undefined || rank < before.rank) channel.capture = { rank, entry, at: valueAt, end }
    return
  }
  const detail = readDetail(bytes, valueAt, end, entry)
  if (detail === undefined) return
  const meter = channel.meter
  if (entry.name === '24.1.0' || entry.name === '24.4.0') {
    if (typeof detail === 'string') {
      telegram.faults.push({
        code: 'telegram.bad-number',
        at: valueAt + 1,
        length: end - valueAt - 2,
        obis: entry.code,
      })
    } else if (entry.name === '24.1.0') meter.type = detail
    else meter.valve = detail
  } else if (entry.name === '96.1.2') meter.ean = detail as string
  else if (meter.serial === undefined) meter.serial = detail as string
}

function channelOf(channels: Channel[], number: number): Channel {
  for (const channel of channels) if (channel.meter.channel === number) return channel
  const channel = { meter: { channel: number }, capture: undefined }
  channels.push(channel)
  return channel
}

/** A number for type and valve (a text when it is none), else a serial or an EAN; undefined when the brackets say nothing. */
function readDetail(bytes: Uint8Array, from: number, to: number, entry: Entry): number | string | undefined {
  const text = groupsOf(latin1(bytes, from, to))[0]
  if (text === undefined || text === '' || entry.name === '96.3.10') return undefined
  if (entry.name === '96.1.2') return eanOf(text)
  if (entry.name === '96.1.0' || entry.name === '96.1.1') return plainText(text)
  const value = scaledNumber(text, '')
  return typeof value === 'number' ? value : text
}

/** Reads the captures now that every type is known. */
export function finishMbus(telegram: Telegram, channels: Channel[], bytes: Uint8Array): void {
  if (channels.length > 1) channels.sort((a, b) => a.meter.channel - b.meter.channel)
  for (const { meter, capture } of channels) {
    telegram.mbus.push(meter)
    const kind = meter.type === undefined ? undefined : mbusKind(meter.type)
    if (kind === undefined) continue
    meter.kind = kind
    if (capture === undefined) continue
    const found = timedValueAt(bytes, capture.at, capture.end, kind === 'heat' ? GJ : M3)
    if (found.fault !== undefined) {
      const length = capture.end - capture.at
      telegram.faults.push({ code: TIMED_FAULTS[found.fault], at: capture.at, length, obis: capture.entry.code })
    }
    if (found.value === undefined) continue
    meter.value = found.value
    if (found.atS !== undefined) meter.atS = found.atS
    keepNewest(telegram, meter)
  }
}

function keepNewest(telegram: Telegram, meter: MbusMeter): void {
  const fields = telegram.fields
  if (meter.kind === 'gas') {
    if (fields.gasDm3 !== undefined && (fields.gasAtS ?? 0) >= (meter.atS ?? 0)) return
    fields.gasDm3 = meter.value
    fields.gasAtS = meter.atS
  } else if (meter.kind === 'water') {
    if (fields.waterDm3 !== undefined && (fields.waterAtS ?? 0) >= (meter.atS ?? 0)) return
    fields.waterDm3 = meter.value
    fields.waterAtS = meter.atS
  } else {
    if (fields.heatMJ !== undefined && (fields.heatAtS ?? 0) >= (meter.atS ?? 0)) return
    fields.heatMJ = meter.value
    fields.heatAtS = meter.atS
  }
}
