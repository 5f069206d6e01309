// A program for the engine (test/device/follow.test.ts): reads telegrams out of Storage, whole and with bits turned over and digits
// changed, the short way where it can, and compares each verdict with a CRC over every byte.

import type { DrawOver, Natives } from '../../shared/kernel/natives.ts'
import { crc16 } from '../../shared/telegram/crc16.ts'
import { DONE, longWay } from '../../shared/telegram/long-way.ts'
import { verdictOn } from '../../shared/telegram/readout.ts'
import { createReadingScan, followReading, NOT_FOLLOWED } from '../../shared/telegram/scan-reading.ts'

/** Given by the test before this. */
declare const TELEGRAMS: number
declare const CHANGES: number
declare function telegramAt(i: number): string
declare const E: Natives
declare function print(line: string): void
interface Stencil {
  width: number
  height: number
  bpp: number
  transparent: number
  buffer: unknown
}
declare const Graphics: {
  createArrayBuffer(
    width: number,
    height: number,
    bpp: number,
    options: { buffer: unknown },
  ): { drawImage(image: Stencil): void }
}

/** As the bundle's. */
const drawOver: DrawOver = (bytes, image) => {
  const graphics = Graphics.createArrayBuffer(image.length, 1, 8, { buffer: bytes.buffer })
  graphics.drawImage({ width: image.length, height: 1, bpp: 8, transparent: 255, buffer: image.buffer })
}

const scan = createReadingScan(E, drawOver)
let followed = 0
let searched = 0
let right = 0
let differences = 0
let random = 12345

function below(limit: number): number {
  random = (random * 1103 + 12345) % 65536
  return random % limit
}

/** `text` up to its '!' and the checksum printed behind it. */
function judge(text: string, expected: number): void {
  const crc = followReading(scan, text, text.length, expected)
  if (crc !== NOT_FOLLOWED) {
    followed++
    scan.checksum = verdictOn(expected, crc)
  } else {
    searched++
    const step = longWay(scan, text, expected)
    while (step() !== DONE) {}
  }
  if (scan.checksum === 'ok') right++
  if (scan.checksum !== verdictOn(expected, crc16(E.toUint8Array([text])))) differences++
}

/** How many values differ from those of a scan that reads `text` in full. */
function wrongValues(text: string, expected: number): number {
  const full = createReadingScan(E, drawOver)
  const slots = scan.slots
  const step = longWay(full, text, expected)
  while (step() !== DONE) {}
  let wrong = full.timeS === scan.timeS ? 0 : 1
  for (let i = 0; i < full.values.length; i++) {
    const place = slots === undefined ? 0 : (slots.placeOf[i] as number)
    let value = scan.values[i]
    if (slots !== undefined && place > 0)
      value =
        (scan.numbers[place] as number) * (slots.terms[place * 2] as number) + (slots.terms[place * 2 + 1] as number)
    if (value !== full.values[i]) wrong++
  }
  return wrong
}

function changed(text: string): string {
  const at = below(text.length - 1)
  const code = text.charCodeAt(at)
  // a digit mostly becomes another digit, which is what the short way must not mistake
  const next = code > 47 && code < 58 ? 48 + below(10) : code ^ (1 << below(8))
  return text.substr(0, at) + String.fromCharCode(next) + text.substr(at + 1)
}

function run(): void {
  for (let i = 0; i < TELEGRAMS; i++) {
    const whole = telegramAt(i)
    const end = whole.indexOf('!') + 1
    const text = whole.substr(0, end)
    const expected = parseInt(whole.substr(end, 4), 16)
    judge(text, expected)
    differences += wrongValues(text, expected)
    for (let n = 0; n < CHANGES; n++) judge(changed(text), expected)
  }
  print('FOLLOW ' + followed + ' ' + searched + ' ' + right + ' ' + differences)
}

run()
