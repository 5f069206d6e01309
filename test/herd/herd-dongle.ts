// A dongle as far as coming back is concerned: the bundle's own sender, link and MQTT client, tied together as uplink.ts ties them, with nothing to
// deliver. Its network, its seconds and what answers it are the simulation's.

import {
  closeLink,
  createLink,
  type Link,
  linkAnswer,
  linkConnected,
  linkNetwork,
  linkQuietMoment,
  linkReceive,
  linkTick,
  openLink,
} from '../../firmware/link.ts'
import { type Ask, CLOSE, DIAL, LINK_DOWN, LINK_UP, PROBE, REACHABLE, type Told } from '../../firmware/network.ts'
import { nodeCrypto } from '../../gateway/node-crypto.ts'
import { deriveKeys } from '../../shared/envelope/keys.ts'
import { dongleIdFrom } from '../../shared/kernel/ids.ts'
import { TOKEN_BYTES } from '../../shared/session/messages.ts'
import { encodeChallenge } from '../../shared/session/messages-down.ts'
import { openRing } from '../../shared/session/ring.ts'
import {
  createSender,
  isTickDue,
  type Sender,
  type SenderEffect,
  type SenderEvent,
  stepSender,
} from '../../shared/session/sender.ts'
import { downTopic } from '../../shared/session/topics.ts'
import { createNor } from '../support/nor.ts'

/** What a dongle asks of the world. */
export interface HerdPort {
  nowMs(): number
  probe(dongle: HerdDongle, question: string): void
  /** `dongle.connection` is the number of the connection that it wants. */
  dial(dongle: HerdDongle): void
  /** A packet of MQTT goes up. */
  send(dongle: HerdDongle): void
  /** A sealed message goes up: the hello, while the sender greets. */
  publish(dongle: HerdDongle): void
  /** It has let go of its connection, or of the wish for one. */
  closed(dongle: HerdDongle): void
}

export interface HerdDongle {
  index: number
  sender: Sender
  link: Link
  /** Rises with each dial and each end: what comes for an earlier one is nothing to it. */
  connection: number
  dials: number
}

// One for all: keys decide nothing about when a dongle comes, its id does.
const KEYS = deriveKeys(nodeCrypto, new Uint8Array(32).fill(7), 1)
const SEED_POOL = new Uint8Array(64).fill(9)
const TOKEN = new Uint8Array(TOKEN_BYTES)
const RING = openRing(createNor(16), [])

/** Switched on, before its first tick and without a network. */
export function createHerdDongle(index: number, boot: number, port: HerdPort): HerdDongle {
  const dongleId = dongleIdFrom(Array.from({ length: 12 }, (_, i) => (index >> (5 * i)) & 31))
  const common = { crypto: nodeCrypto, keys: KEYS, seedPool: SEED_POOL, firmware: 'herd', ring: RING, intervalS: 10 }
  const dongle: HerdDongle = {
    index,
    sender: createSender({ ...common, dongleId, boot }),
    link: createLink({
      host: '192.0.2.1',
      port: 8883,
      ask: what => ask(dongle, port, what),
      send: () => port.send(dongle),
      tell: what => tell(dongle, port, what),
      nonce: n => `${n}`.padStart(12, '0'),
    }),
    connection: 0,
    dials: 0,
  }
  return dongle
}

export function herdNetwork(dongle: HerdDongle, isUp: boolean, nowMs: number): void {
  linkNetwork(dongle.link, isUp, nowMs)
}

/** Once a second, a telegram having just ended. */
export function herdTick(dongle: HerdDongle, port: HerdPort): void {
  const nowMs = port.nowMs()
  linkTick(dongle.link, nowMs)
  if (isTickDue(dongle.sender, nowMs)) step(dongle, port, { kind: 'tick', nowMs })
  linkQuietMoment(dongle.link, nowMs)
}

export function herdAnswer(dongle: HerdDongle, question: string, nowMs: number): void {
  linkAnswer(dongle.link, `nrt!${question.slice(4)}`, nowMs)
}

export function herdConnected(dongle: HerdDongle, nowMs: number): void {
  linkConnected(dongle.link, nowMs)
}

/** The gateway's answer to the packet before: CONNACK, then SUBACK. */
export function herdConfirmed(dongle: HerdDongle, isConnack: boolean, nowMs: number): void {
  linkReceive(dongle.link, isConnack ? '\x20\x02\x00\x00' : '\x90\x03\x00\x01\x00', nowMs)
}

/** The connection was refused or is gone. `code` is of reasons.ts. */
export function herdEnded(dongle: HerdDongle, code: number, nowMs: number): void {
  closeLink(dongle.link, code, nowMs)
}

export function herdChallenged(dongle: HerdDongle, port: HerdPort): void {
  const { nonce } = dongle.sender
  const plain = encodeChallenge({ nonce, token: TOKEN, timeS: 1_790_000_000, intervalS: 10 })
  step(dongle, port, { kind: 'message-came', nowMs: port.nowMs(), plain })
}

function ask(dongle: HerdDongle, port: HerdPort, what: Ask): void {
  if (what.kind === PROBE) port.probe(dongle, what.text)
  else if (what.kind === DIAL) {
    dongle.connection++
    dongle.dials++
    port.dial(dongle)
  } else if (what.kind === CLOSE) {
    port.closed(dongle)
    dongle.connection++
  }
}

function tell(dongle: HerdDongle, port: HerdPort, what: Told): void {
  const nowMs = port.nowMs()
  if (what.kind === LINK_UP) step(dongle, port, { kind: 'link-up', nowMs })
  else if (what.kind === LINK_DOWN) step(dongle, port, { kind: 'link-down', nowMs })
  else if (what.kind === REACHABLE) step(dongle, port, { kind: 'reachable', nowMs })
}

function step(dongle: HerdDongle, port: HerdPort, event: SenderEvent): void {
  for (const effect of stepSender(dongle.sender, event)) act(dongle, port, effect)
}

function act(dongle: HerdDongle, port: HerdPort, effect: SenderEffect): void {
  if (effect.kind === 'connect') {
    const { clientId, username, password } = effect
    openLink(dongle.link, { clientId, username, password, subscribe: downTopic(clientId), keepAliveS: 60 })
  } else if (effect.kind === 'disconnect') closeLink(dongle.link, 0, port.nowMs())
  else if (effect.kind === 'publish') port.publish(dongle)
}
