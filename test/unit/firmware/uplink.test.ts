// A broker that floods the dongle must not take its memory: what waits to be opened is bounded, and the rest is refused and counted.

import { expect, test } from 'vitest'
import { createClock } from '../../../firmware/clock.ts'
import { ASSOCIATED, type Ask, CONNECTED, DIAL, JOIN, JOINED, LOOK_UP, RECEIVED } from '../../../firmware/network.ts'
import { openUplink, type Uplink } from '../../../firmware/uplink.ts'
import { nodeCrypto } from '../../../gateway/node-crypto.ts'
import { joined } from '../../../shared/kernel/pieces.ts'
import { openRing } from '../../../shared/session/ring.ts'
import { downTopic } from '../../../shared/session/topics.ts'
import { DONGLE_ID, KEYS } from '../../support/conversation.ts'
import { createNor } from '../../support/nor.ts'
import { inText } from '../../support/told.ts'

/** Bytes for the socket, among what is asked. */
const SENT = 99

const nothing = (): void => {}

/** An uplink whose broker has just taken its subscription; `run` is the engine's next turn. */
function subscribed(): { uplink: Uplink; run(): boolean } {
  let nowS = 0
  const turns: (() => void)[] = []
  const asked: (Ask | { kind: typeof SENT; text: string })[] = []
  const identity = {
    dongleId: DONGLE_ID,
    deviceKey: new Uint8Array(32),
    epoch: 1,
    seedPool: new Uint8Array(64).fill(9),
  }
  const config = { host: '192.0.2.1', port: 1, isTls: false, networks: [{ ssid: 'home', password: '' }], intervalS: 10 }
  const uplink = openUplink(
    { identity, keys: { ...KEYS, ota: new Uint8Array(32) }, config },
    config,
    undefined,
    nodeCrypto,
    openRing(createNor(16), []),
    1,
    0,
    createClock(() => nowS),
    {
      ask: what => asked.push(what),
      send: bytes => asked.push({ kind: SENT, text: inText(bytes) }),
      dbm: () => -60,
      toText: bytes => Buffer.from(joined(bytes)).toString('latin1'),
      toBytes: text => Buffer.from(text, 'latin1'),
      soon: turn => turns.push(turn),
    },
    {
      say: nothing,
      status: () => ({ boot: 1, firmware: 'x' }),
      interval: nothing,
      reboot: nothing,
      opened: nothing,
      obey: () => ({ kind: 'tick', nowMs: 0 }),
      update: () => undefined,
    },
  )
  const run = (): boolean => {
    const turn = turns.shift()
    turn?.()
    return turn !== undefined
  }
  const answer = (what: (typeof asked)[number]): void => {
    if (what.kind === JOIN) {
      uplink.hear({ kind: ASSOCIATED })
      uplink.hear({ kind: JOINED, ip: '192.0.2.2' })
    } else if (what.kind === DIAL) uplink.hear({ kind: CONNECTED })
    else if (what.kind === LOOK_UP) throw new Error('an address needs no name server')
    else if (what.kind === SENT && what.text[0] === '\x10') uplink.hear({ kind: RECEIVED, text: '\x20\x02\x00\x00' })
    else if (what.kind === SENT && what.text[0] === '\x82')
      uplink.hear({ kind: RECEIVED, text: '\x90\x03\x00\x01\x00' })
  }
  while (uplink.sender.state !== 'greeting' && nowS < 1000) {
    nowS++
    uplink.tick()
    for (;;) {
      const what = asked.shift()
      if (what) answer(what)
      else if (!run()) break
    }
  }
  expect(uplink.sender.state).toBe('greeting')
  return { uplink, run }
}

test.each([0, 1, 8])(
  'of a flood of envelopes of %i bytes a few wait to be opened: each takes room of its own',
  bytes => {
    const { uplink, run } = subscribed()
    const topic = downTopic(DONGLE_ID)
    const body = `\x00${String.fromCharCode(topic.length)}${topic}${'x'.repeat(bytes)}`
    const packet = `\x30${String.fromCharCode(body.length)}${body}`
    uplink.hear({ kind: RECEIVED, text: packet.repeat(50) })
    expect(uplink.waiting.length).toBeLessThan(30)
    while (run());
    expect(uplink.sender.messagesRefused).toBe(50)
  },
)

test('of a flood of envelopes 4 kB wait to be opened, and the rest is refused and counted', () => {
  const { uplink, run } = subscribed()
  const payload = 'x'.repeat(500)
  const topic = downTopic(DONGLE_ID)
  const body = `\x00${String.fromCharCode(topic.length)}${topic}${payload}`
  const packet = `\x30${String.fromCharCode((body.length & 127) | 128, body.length >> 7)}${body}`
  for (let i = 0; i < 50; i++) uplink.hear({ kind: RECEIVED, text: packet })
  expect(uplink.sender.messagesRefused).toBe(42)
  while (run());
  // none of the eight was authentic, and there is room again
  expect(uplink.sender.messagesRefused).toBe(50)
  uplink.hear({ kind: RECEIVED, text: packet })
  expect(uplink.sender.messagesRefused).toBe(50)
})
