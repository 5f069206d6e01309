// Everything that can be wrong between meter and dongle, on the whole bundle: the word on the console, the recovery by itself, and
// what reached the ring meanwhile. On the virtual dongle the wire is real down to its levels; a pseudo-terminal has no speed and no
// parity, so the engine gets the bytes that its UART would have given.

import { describe, expect, test } from 'vitest'
import { openVirtualDongle } from '../../firmware/host/dongle.ts'
import { createHousehold } from '../../firmware/host/household.ts'
import { type LineSituation, onTheWire } from '../../firmware/host/line-situations.ts'
import { telegramText } from '../../firmware/host/meter.ts'
import { lineFromMeter } from '../../firmware/host/p1-line.ts'
import { prepareFlash } from '../../firmware/host/prepare-flash.ts'
import { P1_FORMAT, throughUart } from '../../firmware/host/uart.ts'
import { openFairClock } from '../support/fair-clock.ts'
import { builtBefore, endedAfterEach, fitEngine } from '../support/machines.ts'
import { startRealEngine } from '../support/real-engine.ts'
import { identityOf } from '../support/scripted-dongle.ts'

const START_S = 1_790_000_000
const POLL = { interval: 20 }
/** A window of 15 s passes in less than half a second. */
const SPEED = 40
/** The engine's own seconds, as its bundle sees them, go so much faster. */
const ENGINE_SPEED = 10

const engine = fitEngine()

/** Each situation with the word for it. */
const WORDS: [LineSituation, string][] = [
  ['closed', 'silence'],
  ['inverted', 'inverted'],
  ['parity', 'parity'],
  ['half-plug', 'half'],
  ['bit-errors', 'crc'],
  ['rubbish', 'noise'],
  ['flood', 'flood'],
  ['endless', 'flood'],
  ['encrypted', 'encrypted'],
]

const identity = { ...identityOf(78), seedPool: new Uint8Array(64) }
const config = { host: '127.0.0.1', port: 9, isTls: false, networks: [{ ssid: 'a', password: 'b' }], intervalS: 10 }

const firmware = builtBefore()
const opened = endedAfterEach()

/** A meter's telegrams in order. */
function aMeter() {
  const household = createHousehold({ seed: 6, startS: START_S, hasPhases: true })
  return { telegramAt: (timeS: number) => telegramText('fluvius', household.next(timeS)) }
}

function onTheTable() {
  const lines: string[] = []
  const clock = openFairClock(SPEED)
  const dongle = openVirtualDongle({
    clock,
    bundle: { code: firmware.code, filename: 'nrt.js' },
    prepare: chip => prepareFlash(chip, identity, config),
    openLine: (feed, isRequested) => lineFromMeter(aMeter(), { clock, startS: START_S, feed, isRequested }),
    tell: event => {
      if (event.event === 'print') lines.push(event.line)
    },
  })
  opened.push(dongle)
  dongle.cut()
  let seen = 0
  /** The next line that matches, after the one found before. */
  const next = async (pattern: RegExp) => {
    await expect
      .poll(() => lines.slice(seen).some(line => pattern.test(line)), { ...POLL, message: `${pattern}` })
      .toBe(true)
    seen = lines.findIndex((line, at) => at >= seen && pattern.test(line)) + 1
  }
  return { dongle, lines, next }
}

describe('on the virtual dongle', () => {
  test.each(WORDS)('a line that is %s is called %s, and recovers by itself', async (situation, word) => {
    const { dongle, lines, next } = onTheTable()
    await next(/^batch kept/)
    dongle.line(situation)
    await next(new RegExp(`^p1: ${word}$`))
    dongle.line('good')
    await next(/^p1: none$/)
    await next(/^batch kept/)
    expect(lines.join('\n')).not.toMatch(/Uncaught|error|memory/)
  })

  test('a meter of 9600 7E1, every ten seconds and without checksums, is found and read', async () => {
    const { dongle, next } = onTheTable()
    dongle.line('old-meter')
    await next(/^p1: slow$/)
    await next(/^p1: none$/)
    await next(/^batch kept/)
    // and a newer one in its place
    dongle.line('good')
    await next(/^p1: none|^batch kept: 3/)
  })
})

describe.skipIf(!engine)('on the engine', () => {
  /**
   * The bundle's clock runs faster: the windows are shorter, everything else is as it is. After some seconds ten weeks pass at once:
   * milliseconds no longer fit 32 bits then.
   */
  const hurry = `(function(T){var S=T();global.getTime=function(){
var d=T()-S;return S+d*${ENGINE_SPEED}+(d>5?${70 * 86_400}:0);};})(getTime);\n`

  test('each of them is called by its name, one after the other, months after the start, and the last telegrams are read', async () => {
    const real = await startRealEngine({
      engine: engine!.path,
      bundle: hurry + firmware.code,
      hasP1: true,
      prepare: chip => prepareFlash(chip, identity, config),
      env: { ESPRUINO_VARS: '6800' },
    })
    opened.push(real)
    const meter = aMeter()
    let situation: LineSituation = 'good'
    let n = 0
    const timer = setInterval(() => {
      const telegram = Buffer.from(meter.telegramAt(START_S + n), 'latin1')
      // every ten seconds is every second here
      const found = onTheWire(situation, telegram, situation === 'encrypted' ? n * 10 : n)
      n++
      if (found)
        real.sendP1(throughUart(found.bytes.subarray(0, 4000), found.wire.format, P1_FORMAT, found.wire.isInverted))
    }, 500)
    opened.push({ stop: () => clearInterval(timer) })
    await real.waitFor(/^batch kept/)
    let seen = 0
    const next = async (pattern: RegExp) => {
      await expect
        .poll(() => real.lines.slice(seen).some(line => pattern.test(line)), { ...POLL, message: `${pattern}` })
        .toBe(true)
      seen = real.lines.findIndex((line, at) => at >= seen && pattern.test(line)) + 1
    }
    for (const [name, word] of WORDS) {
      if (word === 'flood') continue // a pseudo-terminal holds back what the engine does not take
      situation = name
      n = 0
      await next(new RegExp(`^p1: ${word}$`))
    }
    situation = 'good'
    await next(/^p1: none$/)
    await next(/^batch kept/)
    expect(real.lines.join('\n')).not.toMatch(/Uncaught|OUT OF MEMORY|^error/m)
  })
})
