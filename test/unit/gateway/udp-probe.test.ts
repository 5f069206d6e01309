// The gateway's answer to "is anybody there": never longer than the question, never to anything else, never too often.

import { createSocket, type Socket } from 'node:dgram'
import { pino } from 'pino'
import { afterEach, describe, expect, test } from 'vitest'
import { openUdpProbe, probeAnswer, type UdpProbe } from '../../../gateway/udp-probe.ts'
import { freePort } from '../../../scripts/free-port.ts'
import { startGatewayUnderTest } from '../../support/gateway-under-test.ts'
import fc from '../../support/given-cases.ts'

const POLL = { interval: 5 }
const question = (nonce: string): Buffer => Buffer.from(`nrt?${nonce.padEnd(12, '.')}`)

describe('probeAnswer', () => {
  test('is the question with another first word', () => {
    expect(probeAnswer(question('abc'))?.toString()).toBe('nrt!abc.........')
  })

  test('any other bytes get none, and no answer is longer than what came', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), bytes => {
        const answer = probeAnswer(bytes)
        const isQuestion = bytes.length === 16 && Buffer.from(bytes.subarray(0, 4)).toString() === 'nrt?'
        return isQuestion ? answer?.length === bytes.length : answer === undefined
      }),
    )
    for (const bytes of ['nrt?', 'nrt?abc..........', 'nrt!abc.........', '']) {
      expect(probeAnswer(Buffer.from(bytes))).toBeUndefined()
    }
  })
})

describe('on a socket', () => {
  const closing: (() => Promise<void> | void)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  async function aResponder() {
    const time = { ms: 0 }
    const seen = { answered: 0, refused: [] as string[] }
    const port = await freePort()
    const probe: UdpProbe = await openUdpProbe({
      host: '127.0.0.1',
      ports: [port],
      clock: { monotonicMs: () => time.ms, wallS: () => 0 },
      log: pino({ level: 'silent' }),
      onAnswered: () => {
        seen.answered++
      },
      onRefused: reason => seen.refused.push(reason),
    })
    closing.push(() => probe.close())
    return { port, time, seen }
  }

  async function anAsker(): Promise<{ socket: Socket; answers: string[] }> {
    const socket = createSocket('udp4')
    closing.push(() => new Promise<void>(resolve => socket.close(() => resolve())))
    const answers: string[] = []
    socket.on('message', data => answers.push(data.toString()))
    await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
    return { socket, answers }
  }

  test('answers a question, counts rubbish, and answers again when an address has asked too much and waited', async () => {
    const { port, time, seen } = await aResponder()
    const { socket, answers } = await anAsker()
    socket.send(Buffer.alloc(1200, 1), port, '127.0.0.1')
    await expect.poll(() => seen.refused, POLL).toEqual(['probe-malformed'])
    // one at a time, so that the kernel's own buffers drop none
    for (let i = 0; i < 200; i++) {
      socket.send(question(`${i}`), port, '127.0.0.1')
      await expect.poll(() => answers.length, POLL).toBe(i + 1)
    }
    expect(answers[7]).toBe('nrt!7...........')
    socket.send(question('too much'), port, '127.0.0.1')
    await expect.poll(() => seen.refused, POLL).toEqual(['probe-malformed', 'probe-rate'])
    time.ms += 20
    socket.send(question('later'), port, '127.0.0.1')
    await expect.poll(() => answers.at(-1), POLL).toBe('nrt!later.......')
    expect(seen.answered).toBe(201)
  })

  test('a gateway answers on the number of its MQTT port, or where the setting says', async () => {
    for (const probePort of [undefined, await freePort()]) {
      const under = await startGatewayUnderTest({ mqttPort: await freePort(), probePort }, [])
      closing.push(() => under.gateway.stop())
      const { socket, answers } = await anAsker()
      socket.send(question('hello'), probePort ?? under.port, '127.0.0.1')
      await expect.poll(() => answers, POLL).toEqual(['nrt!hello.......'])
    }
  })

  test('a port that is taken is left out; the gateway starts all the same', async () => {
    const { port } = await aResponder()
    const other = await openUdpProbe({
      host: '127.0.0.1',
      ports: [port],
      clock: { monotonicMs: () => 0, wallS: () => 0 },
      log: pino({ level: 'silent' }),
      onAnswered: () => {},
      onRefused: () => {},
    })
    await other.close()
    const { socket, answers } = await anAsker()
    socket.send(question('still'), port, '127.0.0.1')
    await expect.poll(() => answers, POLL).toEqual(['nrt!still.......'])
  })
})
