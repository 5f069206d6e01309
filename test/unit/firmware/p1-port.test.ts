// The P1 port on a hand-made serial port: what reaches the intake, in what pieces it may come, and how trouble is named.

import { describe, expect, test } from 'vitest'
import { openP1Port } from '../../../firmware/p1-port.ts'
import { crc16 } from '../../../shared/telegram/crc16.ts'
import { newLineCounters, verdictOn } from '../../../shared/telegram/readout.ts'
import type { TextReadout } from '../../../shared/telegram/scan.ts'

/** A telegram with a right checksum. */
function telegram(second: number): string {
  const body = `/FLU5\\253770234_A\r\n\r\n0-0:1.0.0(260801120${second % 10}00S)\r\n1-0:1.8.1(000001.00${second % 10}*kWh)\r\n!`
  const crc = crc16(Buffer.from(body, 'latin1')).toString(16).toUpperCase().padStart(4, '0')
  return `${body}${crc}\r\n`
}

/** With `isKnown` false nothing is known of a telegram when the next one comes: its long way is not done. */
function aPort(isKnown = true) {
  const log: string[] = []
  let receive: (chunk: string) => void = () => {}
  const setups: unknown[] = []
  const serial = {
    setup: (...setup: unknown[]) => setups.push(setup),
    on: (_event: string, listener: (chunk: string) => void) => {
      receive = listener
    },
  }
  const sum = (text: string) => Buffer.from(text, 'latin1').reduce((total, byte) => total + byte, 0)
  const counters = newLineCounters()
  /** Readouts that nobody judged yet. */
  const waiting: TextReadout[] = []
  const total = { good: 0, bad: 0 }
  const join = (pieces: string[]) => pieces.join('')
  let last: TextReadout | undefined
  const fixedText = ({ text, end }: TextReadout) => text.slice(0, end).replaceAll(/\d/g, '0')
  const port = openP1Port(serial as never, 'D5' as never, 'D4' as never, counters, sum, join, {
    last: {
      get bodyBytes() {
        return (isKnown && last?.end) || 0
      },
    },
    readout: (readout, isGuess) => {
      if (isGuess && (!last || fixedText(readout) !== fixedText(last))) return false
      if (!isGuess) last = readout
      waiting.push({ ...readout, text: readout.text.slice(0, readout.end + 4) })
      return true
    },
    lost: () => {
      total.bad++
      log.push('lost overrun')
    },
    request: isOn => {
      // asked each second; a change is what counts
      if (log.findLast(line => line.startsWith('request')) !== `request ${isOn}`) log.push(`request ${isOn}`)
    },
  })
  /** Judges and counts, as the intake does. */
  const judge = () => {
    for (const { text, end, expected } of waiting.splice(0)) {
      const verdict = verdictOn(expected, crc16(Buffer.from(text.slice(0, end), 'latin1')))
      counters[verdict]++
      total[verdict === 'mismatch' ? 'bad' : 'good']++
      log.push(verdict === 'mismatch' ? 'lost crc' : `readout ${text.length}`)
    }
  }
  const feed = (text: string, size = 64) => {
    for (let at = 0; at < text.length; at += size) {
      receive(text.slice(at, at + size))
      judge()
    }
  }
  /** Fed and not judged. */
  const receiveOnly = (text: string) => {
    for (let at = 0; at < text.length; at += 64) receive(text.slice(at, at + 64))
  }
  /** Ends a window of 15 s in which `text` came, tick by tick. */
  let nowMs = 0
  const window = (text: string) => {
    feed(text)
    for (let second = 0; second < 15; second++) {
      nowMs += 1000
      port.tick(nowMs)
    }
    return port.watch.trouble
  }
  return { log, port, feed, receiveOnly, judge, total, setups, window }
}
const lost = (log: string[]) => log.filter(line => line.startsWith('lost'))
const readouts = (log: string[]) => log.filter(line => line.startsWith('readout')).length

test('listens at 115200 on its pins', () => {
  expect(aPort().setups).toEqual([[115200, { rx: 'D5', tx: 'D4', bytesize: 8, parity: null }]])
})

test.each([1, 7, 64, 5000])('gives whole readouts from pieces of %i characters', size => {
  const { log, feed } = aPort()
  feed(telegram(1) + telegram(2), size)
  expect(log).toEqual(Array(2).fill(`readout ${telegram(1).length - 2}`))
})

test.each([7, 64])(
  'telegrams that follow each other without a pause are each read, in pieces of %i characters',
  size => {
    const { log, feed, judge, window } = aPort()
    feed(telegram(1) + telegram(2) + telegram(1), size)
    window('')
    judge()
    expect(log.filter(line => line.startsWith('readout'))).toEqual(Array(3).fill(`readout ${telegram(1).length - 2}`))
  },
)

test('while nothing is known of the telegram before, a readout is found in its last characters and not at the next second', () => {
  const { log, receiveOnly, judge } = aPort(false)
  receiveOnly(telegram(1))
  receiveOnly(telegram(2))
  judge()
  expect(readouts(log)).toBe(2)
})

test('a wrong checksum, a cut telegram and a flood are losses, each counted once, and the next telegram is read', () => {
  const { log, feed } = aPort()
  feed(telegram(1).replace('1.8.1(0', '1.8.1(9'))
  feed(telegram(2).slice(0, 55) + telegram(3))
  feed(`/FLU5\\253770234_A\r\n${'1-0:1.8.1(000001.001*kWh)\r\n'.repeat(250)}`)
  feed(`\r\n${telegram(4)}`)
  expect(log.map(line => line.split(' ').slice(0, 2).join(' ').replace(/ \d+/, ''))).toEqual([
    'lost crc',
    'lost overrun',
    'readout',
    'lost overrun',
    'readout',
  ])
})

test('names the trouble of each window', () => {
  const { window } = aPort()
  expect([window(''), window('\xf0\x83\x00garbage'), window(telegram(1)), window(telegram(2))]).toEqual([
    'silence',
    'noise',
    'none',
    'none',
  ])
})

describe('the data request', () => {
  test('rises with the first tick, when everything is ready, and stays up while data come', () => {
    const { log, window } = aPort()
    for (let i = 0; i < 4; i++) window(telegram(i))
    expect(log.filter(line => line.startsWith('request'))).toEqual(['request true'])
  })

  test('is let go after a silent window and raised again a second later: some meters wait for the edge', () => {
    const { log, port, window } = aPort()
    expect(window('')).toBe('silence')
    expect(log).toEqual(['request true', 'request false'])
    port.tick(16_000)
    expect(log).toEqual(['request true', 'request false', 'request true'])
  })

  test.each([
    ['without its header', telegram(1).slice(30)],
    ['with half a header', telegram(1).slice(4)],
    ['cut in its last line', telegram(1).slice(-20)],
  ])('a first telegram %s is no fault of the line', (_, half) => {
    const { log, total, window } = aPort()
    expect(window(half + telegram(2) + telegram(3))).toBe('none')
    expect(lost(log)).toEqual([])
    expect(total).toEqual({ good: 2, bad: 0 })
  })

  test('after that, half a telegram is one', () => {
    const { log, window } = aPort()
    expect(window(telegram(1) + telegram(2).slice(0, 60) + telegram(3))).toBe('half')
    expect(lost(log)).toEqual(['lost overrun'])
  })
})

describe('a meter of 9600 7E1', () => {
  const slow = '\x00'.repeat(400)

  test('is found after one window, and its port kept', () => {
    const { setups, window } = aPort()
    expect(window(slow)).toBe('slow')
    expect(window(telegram(1))).toBe('none')
    expect(window(telegram(2))).toBe('none')
    expect(setups).toEqual([
      [115200, { rx: 'D5', tx: 'D4', bytesize: 8, parity: null }],
      [9600, { rx: 'D5', tx: 'D4', bytesize: 7, parity: 'e' }],
    ])
  })

  test('a meter of 115200 in its place is found again', () => {
    const { setups, window } = aPort()
    window(slow)
    window(telegram(1))
    expect(window('rubbish of another speed'.repeat(9))).toBe('noise')
    expect(window(telegram(2))).toBe('none')
    expect(setups).toHaveLength(3)
    expect(setups[2]).toEqual(setups[0])
  })

  test('a slow line that is no meter keeps its name while both formats take turns', () => {
    const { setups, window } = aPort()
    for (let i = 0; i < 6; i++) expect(window(i % 2 === 0 ? slow : 'rubbish'.repeat(20))).toBe('slow')
    expect(setups).toHaveLength(7)
  })

  test('noise of no speed, and inverted, leave the port as it is: the next good telegram is read', () => {
    const { setups, window } = aPort()
    for (let i = 0; i < 6; i++) window('\x81\x42noise'.repeat(9))
    expect(window(telegram(1))).toBe('none')
    expect(setups).toHaveLength(1)
  })

  test('silence changes nothing', () => {
    const { setups, window } = aPort()
    for (let i = 0; i < 20; i++) window('')
    expect(setups).toHaveLength(1)
  })
})

describe('more than a meter sends', () => {
  test('telegrams without a pause are read up to a few a second; the rest is counted, and named', () => {
    const { log, port, feed } = aPort()
    const second = telegram(1).repeat(100)
    for (let s = 1; s <= 60; s++) {
      feed(second)
      port.tick(s * 1000)
    }
    expect(port.watch.trouble).toBe('flood')
    expect(readouts(log)).toBeGreaterThan(60)
    expect(readouts(log)).toBeLessThan(60 * 6)
  })

  test('what waited while the interpreter was away is no flood', () => {
    const { log, port, feed, window } = aPort()
    window(telegram(0))
    const long = telegram(1).replace('\r\n1-0', `\r\n0-0:96.13.0(${'30'.repeat(450)})\r\n1-0`)
    feed(long.repeat(5))
    expect(lost(log)).toHaveLength(5) // their checksum is another telegram's
    expect(port.watch.trouble).toBe('none')
  })

  test.each([
    [
      'flood',
      'noise',
      Buffer.from(Array.from({ length: 11_520 }, (_, i) => (i * 7919 + (i >> 5) * 31) & 255)).toString('latin1'),
    ],
    ['flood', 'a line without an end', `/T\r\n1-0:96.13.0(${'3'.repeat(11_500)}`],
  ])('%s: %s at full speed for minutes leaves nothing behind, and the next telegram is read', (word, _, second) => {
    const { log, port, feed } = aPort()
    let fed = 0
    for (let s = 1; s <= 300; s++) {
      feed(second)
      fed += second.length
      port.tick(s * 1000)
    }
    expect(port.watch.trouble).toBe(word)
    expect(fed).toBeGreaterThan(3_000_000)
    expect(port.watch.sample.length).toBeLessThan(100)
    for (let s = 301; s < 306; s++) port.tick(s * 1000)
    feed(telegram(1) + telegram(2))
    expect(readouts(log)).toBeGreaterThanOrEqual(1)
  })
})

test('a chunk of noise costs the scanner nothing while no telegram comes, and a header with odd letters is no noise', () => {
  const { log, port, feed } = aPort()
  feed('\xf0\x83\x9c\xe1'.repeat(400))
  feed('\x00'.repeat(640))
  expect(port.watch.trouble).toBe('none')
  feed(telegram(1).replace('/FLU5', '/\xc9N\xc9RGIE'))
  expect(log).toEqual(['lost crc']) // read to its end; only its checksum is another header's
})

test('counts the good and the bad over all windows', () => {
  const { total, window } = aPort()
  window(telegram(1) + telegram(2).replace('1.8.1(0', '1.8.1(9'))
  window(telegram(3).slice(0, 60) + telegram(4))
  expect(total).toEqual({ good: 2, bad: 2 })
})

test('a window waits for the verdict on its last readout: a meter that was found is not given up for it', () => {
  const { judge, port, receiveOnly, setups, window } = aPort()
  window('\x00'.repeat(400))
  expect(setups).toHaveLength(2)
  for (let second = 16; second < 30; second++) port.tick(second * 1000)
  receiveOnly(`rubbish${telegram(1)}`)
  port.tick(30_000)
  expect(setups).toHaveLength(2)
  judge()
  port.tick(31_000)
  expect([setups.length, port.watch.trouble]).toEqual([2, 'none'])
})

test('a telegram shorter than those before it, which nobody looked for, is read at the next second', () => {
  const { feed, port, total, judge } = aPort()
  const long = (second: number) => {
    const body = `${telegram(second).slice(0, telegram(second).indexOf('!'))}0-0:96.13.0(${'30'.repeat(200)})\r\n!`
    return `${body}${crc16(Buffer.from(body, 'latin1')).toString(16).toUpperCase().padStart(4, '0')}\r\n`
  }
  for (let second = 1; second < 4; second++) feed(long(second))
  expect(total).toEqual({ good: 3, bad: 0 })
  feed(telegram(4))
  port.tick(5000)
  judge()
  expect(total).toEqual({ good: 4, bad: 0 })
  feed(long(5))
  expect(total).toEqual({ good: 5, bad: 0 })
})
