// What is wrong on the P1 line, and which way of reading it to try next, from what a window of some telegrams' length
// brought. Pure: p1-port.ts counts, sets the port and raises the request; docs/p1-line.md says what a person does about each
// word. DSMR 5.0.2 section 5: 115200 8N1; DSMR 2.2 and 3: 9600 7E1. Espruino dialect.

import { type LineCounters, type LineTrouble, lineTrouble } from './readout.ts'

const SAMPLE_CHARACTERS = 96
/** Fewer characters of one kind than this show nothing about a line. */
const KIND_MIN = 14

export interface LineWatch {
  trouble: LineTrouble
  /** 0: 115200 8N1, 1: 9600 7E1. */
  format: number
  /** The last characters of a window that has no readout yet. */
  sample: string
  isEncrypted: boolean
}

export function createLineWatch(): LineWatch {
  return { trouble: 'none', format: 0, sample: '', isEncrypted: false }
}

/** Looks at characters of a window without a readout. A frame of Luxembourg or Austria begins DB 08, title of 8, 82, length of 2, 30. */
export function watchCharacters(watch: LineWatch, chunk: string): void {
  const sample = (watch.sample + chunk).slice(-SAMPLE_CHARACTERS)
  const at = sample.indexOf('\xdb\x08')
  if (at >= 0 && sample.charCodeAt(at + 10) === 0x82 && sample.charCodeAt(at + 13) === 0x30) watch.isEncrypted = true
  watch.sample = sample
}

/**
 * A window is over: names what it showed and says in `format` how to read the next. A slower line shows itself at the higher speed;
 * at the lower one noise may be anything, so it names nothing and ends the attempt. True when the window had no readout.
 */
export function watchWindow(watch: LineWatch, window: LineCounters): boolean {
  const isBlind = window.ok + window.absent + window.mismatch === 0
  let seen = watch.isEncrypted ? 'encrypted' : lineTrouble(window)
  if (isBlind && seen === 'noise') {
    if (watch.format === 0) seen = noiseKind(watch.sample)
    else if (watch.trouble === 'slow') seen = 'slow'
    watch.format = watch.format === 0 && seen === 'slow' ? 1 : 0
  }
  watch.trouble = seen
  watch.sample = ''
  watch.isEncrypted = false
  return isBlind
}

/**
 * What noise is made of. inverted: a telegram whose levels are turned over, for a receiver that takes its stop bits for starts:
 * each character is 1 and the telegram's seven bits, turned. parity: characters with an even parity bit on top. slow: a slower
 * line, whose bits are longer than our characters: zeros and then ones.
 */
export function noiseKind(sample: string): LineTrouble {
  let inverted = 0
  let parity = 0
  let slow = 0
  for (let i = 0; i < sample.length; i++) {
    const byte = sample.charCodeAt(i)
    const turned = 255 - byte
    if ((byte & 1) === 1 && isText(turned >> 1)) inverted++
    if ((turned & (turned + 1)) === 0) slow++
    if (isText(byte & 127) && ((0x6996 >> ((byte ^ (byte >> 4)) & 15)) & 1) === 0) parity++
  }
  const most = Math.max(sample.length * 0.8, KIND_MIN)
  return inverted > most ? 'inverted' : parity > most ? 'parity' : slow > most ? 'slow' : 'noise'
}

function isText(code: number): boolean {
  return code > 9 && code < 127
}
