// The P1 port on a hand-made serial port: what reaches the intake, in what pieces it may come, and how trouble is named.

import { expect, test } from 'vitest'
import { openP1Port } from '../../../firmware/p1-port.ts'
import { crc16 } from '../../../shared/telegram/crc16.ts'
import { newLineCounters } from '../../../shared/telegram/readout.ts'

/** A telegram with a right checksum. */
function telegram(second: number): string {
  const body = `/FLU5\\253770234_A\r\n\r\n0-0:1.0.0(260801120${second % 10}00S)\r\n1-0:1.8.1(000001.00${second % 10}*kWh)\r\n!`
  const crc = crc16(Buffer.from(body, 'latin1')).toString(16).toUpperCase().padStart(4, '0')
  return `${body}${crc}\r\n`
}

function aPort() {
  const log: string[] = []
  let receive: (chunk: string) => void = () => {}
  const setups: unknown[] = []
  const serial = {
    setup: (...setup: unknown[]) => setups.push(setup),
    on: (_event: string, listener: (chunk: string) => void) => {
      receive = listener
    },
  }
  const counters = newLineCounters()
  const port = openP1Port(serial as never, 'D5' as never, 'D4' as never, counters, {
    readout: readout => {
      log.push(`readout ${readout.text.length}`)
      counters.ok++ // who reads it judges and counts
    },
    lost: () => log.push('lost overrun'),
    trouble: trouble => log.push(`trouble ${trouble}`),
  })
  const feed = (text: string, size = 64) => {
    for (let at = 0; at < text.length; at += size) receive(text.slice(at, at + size))
  }
  return { log, port, feed, setups }
}

test('listens at 115200 on its pins', () => {
  expect(aPort().setups).toEqual([[115200, { rx: 'D5', tx: 'D4' }]])
})

test.each([1, 7, 64, 5000])('gives whole readouts from pieces of %i characters', size => {
  const { log, feed } = aPort()
  feed(telegram(1) + telegram(2), size)
  expect(log).toEqual(Array(2).fill(`readout ${telegram(1).length - 2}`))
})

test('a cut telegram and a flood are losses, each counted once, and the next telegram is read', () => {
  const { log, feed } = aPort()
  feed(telegram(2).slice(0, 55) + telegram(3))
  feed(`/FLU5\\253770234_A\r\n${'1-0:1.8.1(000001.001*kWh)\r\n'.repeat(250)}`)
  feed(`\r\n${telegram(4)}`)
  expect(log.map(line => line.split(' ').slice(0, 2).join(' ').replace(/ \d+/, ''))).toEqual([
    'lost overrun',
    'readout',
    'lost overrun',
    'readout',
  ])
})

test('names the trouble of the line when it changes, not every time', () => {
  const { log, port, feed } = aPort()
  const window = (ms: number, text: string) => {
    feed(text)
    port.tick(ms)
  }
  window(15_000, '')
  window(30_000, '')
  window(45_000, '\xf0\x83\x00garbage')
  window(60_000, telegram(1))
  window(61_000, 'noise')
  expect(log.filter(line => line.startsWith('trouble'))).toEqual(['trouble silence', 'trouble noise', 'trouble none'])
})
