// Answers a dongle that asks by UDP whether anybody is there before it dials: on its engine a connect() into the void stands
// still for minutes. The answer is the question with another first word, so it is never longer than what came and says nothing of
// anybody. What is not such a question gets none. It keeps no state but a bucket per address and one for all.

import { createSocket, type Socket } from 'node:dgram'
import type { Clock } from '../shared/kernel/clock.ts'
import { createConnectLimit, takeConnect } from './broker/connect-limit.ts'
import type { Log } from './log.ts'
import type { Refusal } from './refusal.ts'

/*  question: "nrt?", 12 bytes that the dongle will know again      answer: "nrt!", the same 12 bytes */
const PROBE_BYTES = 16
const QUESTION = Buffer.from('nrt?')
const ANSWER = Buffer.from('nrt!')

/** Questions a second from one address and at once (a block of flats shares one), and from all together. */
export const ADDRESS_PER_S = 50
export const ADDRESS_BURST = 200
export const ALL_PER_S = 20_000

export interface UdpProbeOptions {
  host: string
  /** Each gets a listener: where dongles dial, they ask. */
  ports: number[]
  clock: Clock
  log: Log
  onAnswered(): void
  onRefused(reason: Refusal): void
}

export interface UdpProbe {
  close(): Promise<void>
}

/** The answer to a datagram; undefined where it is no question of ours. */
export function probeAnswer(question: Uint8Array): Buffer | undefined {
  if (question.length !== PROBE_BYTES || !QUESTION.equals(question.subarray(0, 4))) return undefined
  return Buffer.concat([ANSWER, question.subarray(4)])
}

/** Never rejects: a port that is taken is said and left out, dongles then dial without asking. */
export async function openUdpProbe(options: UdpProbeOptions): Promise<UdpProbe> {
  const { clock, log } = options
  const perAddress = createConnectLimit(ADDRESS_PER_S, ADDRESS_BURST)
  const all = createConnectLimit(ALL_PER_S, ALL_PER_S, 1)

  function take(socket: Socket, data: Buffer, address: string, port: number): void {
    const answer = probeAnswer(data)
    const nowMs = clock.monotonicMs()
    if (answer === undefined) options.onRefused('probe-malformed')
    else if (!takeConnect(perAddress, address, nowMs) || !takeConnect(all, '', nowMs)) options.onRefused('probe-rate')
    else {
      socket.send(answer, port, address, () => {})
      options.onAnswered()
    }
  }

  async function open(port: number): Promise<Socket | undefined> {
    const socket = createSocket(options.host.includes(':') ? 'udp6' : 'udp4')
    socket.on('message', (data, from) => take(socket, data, from.address, from.port))
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject)
        socket.bind(port, options.host, () => {
          socket.removeListener('error', reject)
          resolve()
        })
      })
    } catch (error) {
      log.warn({ port, code: (error as NodeJS.ErrnoException).code }, 'no answers to UDP probes on this port')
      socket.close()
      return undefined
    }
    // such as an ICMP of an asker that has gone
    socket.on('error', () => {})
    return socket
  }

  const sockets = (await Promise.all(options.ports.map(open))).filter(socket => socket !== undefined)
  return {
    async close() {
      await Promise.all(sockets.map(socket => new Promise<void>(resolve => socket.close(() => resolve()))))
    },
  }
}
