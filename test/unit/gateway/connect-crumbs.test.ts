// A CONNECT in pieces: how small and how many are taken. A socket that gives exactly the pieces it is told is needed for that, no real one.

import { expect, test } from 'vitest'
import { createConversations } from '../../../gateway/broker/conversations.ts'
import { CRUMB_BYTES, CRUMBS_MAX } from '../../../gateway/broker/crumbs.ts'
import { textOnWire } from '../../../gateway/broker/packets.ts'
import { dongleIdFrom } from '../../../shared/kernel/ids.ts'
import { doorOf, FakeSocket } from '../../support/fake-socket.ts'

const ID = dongleIdFrom([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
const WORDS = [textOnWire('MQTT'), [4, 0xc2, 0, 60], ...[ID, ID, `1.7.${'0'.repeat(32)}`].map(textOnWire)]
const BODY = WORDS.flatMap(part => Array.from(part))
const CONNECT = Uint8Array.from([0x10, BODY.length, ...BODY])

class PiecesSocket extends FakeSocket {
  isEnded = false
  override destroySoon(): void {
    this.isEnded = true
  }
}

/** What came of a CONNECT in pieces of these sizes, the rest of it in one. */
function connectIn(sizes: number[]): { connects: number; refused: string[] } {
  const seen = { connects: 0, refused: [] as string[] }
  const limits = {
    messagesPerSecond: 10,
    messagesBurst: 10,
    guestMessagesPerSecond: 10,
    guestMessagesBurst: 10,
    connectionsMax: 10,
  }
  const clock = { monotonicMs: () => 0, wallS: () => 0 }
  const { open } = createConversations(
    { keepaliveMaxS: 1200, packetBytesMax: 1500, unreadBytesMax: 20_000, clock, limits },
    {
      connect: () => {
        seen.connects++
        return new Promise(() => {})
      },
      message: () => undefined,
      closed() {},
      refused: reason => void seen.refused.push(reason),
    },
  )
  const socket = new PiecesSocket()
  open(doorOf(socket))
  let at = 0
  for (const size of [...sizes, CONNECT.length]) {
    if (!socket.isEnded && at < CONNECT.length) socket.emit('data', CONNECT.subarray(at, at + size))
    at += size
  }
  return seen
}

test('a CONNECT in one piece, and one in as many crumbs as may be, is judged', () => {
  expect(connectIn([])).toEqual({ connects: 1, refused: [] })
  expect(connectIn(Array(CRUMBS_MAX).fill(1))).toEqual({ connects: 1, refused: [] })
})

test('one that comes in small packets of a slow way is judged', () => {
  expect(connectIn(Array(9).fill(CRUMB_BYTES))).toEqual({ connects: 1, refused: [] })
})

test('one that comes a byte at a time is refused after a few of them', () => {
  expect(connectIn(Array(CRUMBS_MAX + 1).fill(1))).toEqual({ connects: 0, refused: ['connect-in-crumbs'] })
})
