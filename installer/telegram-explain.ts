// A readout in words: every line as it came, what it means, its value with a unit, and under what is odd a caret and a sentence.
// Pure: text in, text out; colours come in as functions.

import type { EncryptedFrame } from '../shared/telegram/encrypted.ts'
import { FAULT_WORDS, type TelegramFault } from '../shared/telegram/fault.ts'
import type { Readout } from '../shared/telegram/framer.ts'
import { furtherRows, type ObisRow, readingRows } from '../shared/telegram/obis.ts'
import type { LineCounters } from '../shared/telegram/readout.ts'
import type { MbusMeter, Telegram } from '../shared/telegram/telegram.ts'
import type { MonthPeak, TelegramFields } from '../shared/telegram/telegram-fields.ts'
import { decodeHex, plainText } from '../shared/telegram/text.ts'
import { amountText, momentText, versionText, WORDS } from './telegram-words.ts'

export interface Style {
  odd(text: string): string
  good(text: string): string
  faint(text: string): string
}

const LINE_WIDTH = 46
const WORDS_WIDTH = 52
/** Of an odd line at most this much is shown. */
const SHOWN_MAX = 90

const ROWS = new Map<string, ObisRow>([...readingRows(), ...furtherRows()].map(row => [row[0], row]))

/** `number` counts the readouts from 1. */
export function explainReadout(readout: Readout, telegram: Telegram, number: number, style: Style): string {
  const text = Buffer.from(readout.bytes).toString('latin1')
  const out = [`Readout ${number}: ${readout.bytes.length} bytes, ${verdict(readout, telegram, style)}`, '']
  let at = 0
  for (const raw of text.split('\n')) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    const faults = telegram.faults.filter(fault => fault.at >= at && fault.at <= at + line.length)
    if (line !== '') out.push(...explainLine(line, telegram, faults, at, style))
    at += raw.length + 1
  }
  return `${out.join('\n')}\n`
}

function verdict(readout: Readout, telegram: Telegram, style: Style): string {
  if (readout.checksum === 'ok') return style.good('checksum right')
  if (readout.checksum === 'mismatch') return style.odd('checksum wrong, values not shown')
  return telegram.isTrusted ? 'no checksum (DSMR 2.2 or 3)' : style.odd('checksum missing, values not shown')
}

function explainLine(line: string, telegram: Telegram, faults: TelegramFault[], at: number, style: Style): string[] {
  const [words, value, ...more] = meaning(line, telegram)
  const isOdd = faults.length > 0
  const out = isOdd
    ? faults.flatMap(fault => pointAt(line, fault, at, style))
    : [`${shorten(line).padEnd(LINE_WIDTH)} ${style.faint((words as string).padEnd(WORDS_WIDTH))} ${value}`.trimEnd()]
  if (isOdd && words !== '')
    out.push(`${' '.repeat(LINE_WIDTH)} ${style.faint((words as string).padEnd(WORDS_WIDTH))} ${value}`.trimEnd())
  for (const extra of more) out.push(`${' '.repeat(LINE_WIDTH + WORDS_WIDTH + 2)}${extra}`)
  return out
}

/** The line, or the part of a long one where the fault is, and the carets under it. */
function pointAt(line: string, fault: TelegramFault, at: number, style: Style): string[] {
  const place = Math.min(fault.at - at, line.length)
  const from = line.length <= SHOWN_MAX ? 0 : Math.max(0, place - 20)
  const shown = line.slice(from, from + SHOWN_MAX)
  const length = Math.max(1, Math.min(fault.length, shown.length - (place - from)))
  const sums = fault.actual !== undefined && fault.expected !== undefined ? `, computed ${hex(fault.actual)}` : ''
  const before = from > 0 ? '...' : ''
  const after = from + SHOWN_MAX < line.length ? '...' : ''
  return [
    `${before}${printable(shown)}${after}`,
    style.odd(`${' '.repeat(before.length + place - from)}${'^'.repeat(length)}`),
    style.odd(`${' '.repeat(before.length + place - from)}${FAULT_WORDS[fault.code]}${sums} (${fault.code})`),
  ]
}

function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(4, '0')
}

/** Control and foreign characters must not reach a terminal. */
function printable(line: string): string {
  return line.replace(/[^\x20-\x7e]/g, '?')
}

function shorten(line: string): string {
  const clean = printable(line)
  return clean.length <= LINE_WIDTH ? clean : `${clean.slice(0, LINE_WIDTH - 3)}...`
}

/** The words for a line, its value, and further lines of value. */
function meaning(line: string, telegram: Telegram): string[] {
  if (line.startsWith('/')) return ['header: maker and type', '']
  if (line.startsWith('!')) return ['end and checksum', '']
  if (line.startsWith('(')) return ['(goes with the line above)', '']
  const code = /^(\d+)-(\d+):(\d+\.\d+\.\d+)\(/.exec(line)
  if (code === null) return ['', '']
  const [, medium, channel, object] = code as unknown as [string, string, string, string]
  if (medium === '0' && channel >= '1' && channel <= '4') return mbusMeaning(Number(channel), object, telegram)
  const row = ROWS.get(`${medium}-${medium === '1' && channel === '1' ? '0' : channel}:${object}`)
  if (row === undefined) return ['not known here', '']
  const words = WORDS[row[1]] as string
  return telegram.isTrusted ? [words, ...valueLines(row, line, telegram.fields)] : [words, '']
}

function valueLines(row: ObisRow, line: string, fields: TelegramFields): string[] {
  const [, name, unit] = row
  const value = fields[name as keyof TelegramFields]
  switch (unit) {
    case 'text':
      return [ownText(name, line)]
    case 'raw':
      return [line.slice(line.indexOf('('))].map(shorten)
    case 'limit':
      return [joined(fields, ['limitW', 'limitVA', 'limitcA'])]
    case 'limits':
      return [joined(fields, ['fuseOfftakecA', 'fuseInjectioncA'])]
    case 'peak': {
      const time = fields[name === 'monthPeakOfftakeW' ? 'monthPeakAtS' : 'monthPeakInjectionAtS']
      return [value === undefined ? 'none yet' : `${amountText(name, value as number)}${atText(time)}`]
    }
    case 'history':
      return value === undefined ? ['none'] : historyLines(value as MonthPeak[])
    default:
      if (value === undefined) return ['none']
      return [typeof value === 'number' ? amountText(name, value) : printable(String(value))]
  }
}

/** What this very line says: two lines may compete for one name. */
function ownText(name: string, line: string): string {
  const inside = line.slice(line.indexOf('(') + 1, line.lastIndexOf(')'))
  const text = name.startsWith('text') ? (decodeHex(inside) ?? inside) : (plainText(inside) ?? '')
  return text === '' ? 'none' : printable(name === 'version' ? versionText(text) : text)
}

function joined(fields: TelegramFields, names: Array<keyof TelegramFields>): string {
  const found = names.filter(name => fields[name] !== undefined)
  if (found.length === 0) return 'none set'
  return found
    .map(name => `${amountText(name, fields[name] as number)}${name === 'fuseInjectioncA' ? ' for injection' : ''}`)
    .join(', ')
}

function atText(timeS: number | undefined): string {
  return timeS === undefined ? ', time not given' : ` at ${momentText(timeS)}`
}

function historyLines(peaks: MonthPeak[]): string[] {
  const lines = peaks.map(peak => {
    const month =
      peak.monthEndAtS === undefined ? 'month not given' : `month to ${momentText(peak.monthEndAtS).slice(0, 10)}`
    return `${month}: ${peak.peakW === undefined ? 'none' : `${amountText('peakW', peak.peakW)}${atText(peak.peakAtS)}`}`
  })
  return [`${peaks.length} months`, ...lines]
}

function mbusMeaning(channel: number, object: string, telegram: Telegram): string[] {
  const name = WORDS[object]
  if (name === undefined) return ['not known here', '']
  const meter = telegram.mbus.find(found => found.channel === channel)
  const words = `meter ${channel}${meter?.kind === undefined ? '' : ` (${meter.kind})`}: ${name}`
  return [words, meter === undefined ? '' : mbusValue(object, meter)]
}

function mbusValue(object: string, meter: MbusMeter): string {
  switch (object) {
    case '24.1.0':
      return meter.type === undefined ? 'none' : `${meter.type}, ${meter.kind ?? 'of a kind not read here'}`
    case '96.1.0':
    case '96.1.1':
      return printable(meter.serial ?? 'none')
    case '96.1.2':
      return meter.ean ?? 'none'
    case '24.4.0':
      return meter.valve === undefined ? 'none' : amountText('breaker', meter.valve)
    case '96.3.10':
      return ''
    default:
      if (meter.value === undefined) return 'none'
      return `${amountText(meter.kind === 'heat' ? 'heatMJ' : 'gasDm3', meter.value)}${atText(meter.atS)}`
  }
}

export function explainEncrypted(frame: EncryptedFrame, style: Style): string {
  const facts = `system title ${frame.systemTitle}, frame counter ${frame.frameCounter}, ${frame.bytes} bytes`
  return `${style.odd('Encrypted frame')} (Luxembourg, Austria): ${facts}. It takes the meter's key to open it.\n`
}

export function explainSummary(counters: LineCounters, good: number, bad: number): string {
  const facts = [`${good + bad} found, ${good} to be trusted`]
  if (counters.cut > 0) facts.push(`${counters.cut} broken off`)
  if (counters.overrun > 0) facts.push(`${counters.overrun} without an end`)
  if (counters.noiseBytes > 0) facts.push(`${counters.noiseBytes} bytes of noise`)
  return `${facts.join(', ')}.`
}
