// The dongle's end of the conversation: the sender decides, the link carries. Every effect of the sender is carried out
// here, one event at a time. It knows bytes, not what they mean.

import type { EnvelopeCrypto } from '../shared/envelope/crypto.ts'
import type { StatusReport } from '../shared/session/messages.ts'
import { type Ring, ringStats } from '../shared/session/ring.ts'
import {
  createSender,
  freshBytes,
  type Sender,
  type SenderEffect,
  type SenderEvent,
  stepSender,
} from '../shared/session/sender.ts'
import type { DongleConfig } from '../shared/session/system-page.ts'
import { downTopic, upTopic } from '../shared/session/topics.ts'
import type { DongleClock } from './clock.ts'
import { FIRMWARE_VERSION } from './config.ts'
import type { Self } from './identity.ts'
import {
  createLadder,
  type Ladder,
  ladderAssociated,
  ladderFound,
  ladderJoined,
  ladderLeft,
  ladderRejoin,
  ladderTick,
} from './ladder.ts'
import {
  closeLink,
  createLink,
  type Link,
  linkAddress,
  linkNetwork,
  linkPublish,
  linkQuietMoment,
  linkTick,
  openLink,
  type Wire,
} from './link.ts'
import type { Network, NetworkEvents } from './network.ts'
import type { Reasons } from './reasons.ts'
import * as reason from './reasons.ts'

const KEEP_ALIVE_S = 60
const CODES = { 'link-timeout': reason.LINK_TIMEOUT, 'no-challenge': reason.NO_CHALLENGE, 'no-acks': reason.NO_ACKS }

export interface UplinkPort {
  say(line: string): void
  status(): StatusReport
  /** Batches every `intervalS` seconds from now on. */
  interval(intervalS: number, isLasting: boolean): void
  /** `restarts`: how many for want of a network this makes in a row; 0 = the gateway asked for it. */
  reboot(restarts: number): void
}

/** What carries the uplink: the engine's, or a simulator's. */
export interface Carrier {
  /** Opens the network; it tells `events`. */
  network(events: NetworkEvents): Network
  wire(network: Network, linkOf: () => Link): Wire
  /** Bytes as a binary string, and back. */
  toText(bytes: Uint8Array): string
  toBytes(text: string): Uint8Array
}

export interface Uplink {
  /** A batch came into the ring. */
  batchKept(): void
  /** A telegram has just ended. */
  quietMoment(): void
  /** Once a second. */
  tick(): void
  ladder: Ladder
  link: Link
  /** What went wrong since start (reasons.ts). */
  reasons: Reasons
}

export function openUplink(
  self: Self,
  config: DongleConfig,
  crypto: EnvelopeCrypto,
  ring: Ring,
  boot: number,
  restarts: number,
  clock: DongleClock,
  carrier: Carrier,
  port: UplinkPort,
): Uplink {
  const dongleId = self.identity.dongleId
  const sender: Sender = createSender({
    crypto: crypto,
    dongleId: dongleId,
    keys: self.keys,
    seedPool: self.identity.seedPool,
    boot: boot,
    firmware: FIRMWARE_VERSION,
    ring: ring,
    intervalS: config.intervalS,
  })
  const reasons = reason.createReasons()
  const nowMs = (): number => clock.nowMs()
  const waiting: SenderEvent[] = []
  let isStepping = false
  let wasOpen = false
  let records = ringStats(ring).records

  function perform(effect: SenderEffect): void {
    if (effect.kind === 'publish') linkPublish(link, carrier.toText(effect.bytes), nowMs())
    else if (effect.kind === 'connect') {
      openLink(link, {
        clientId: effect.clientId,
        username: effect.username,
        password: effect.password,
        subscribe: downTopic(dongleId),
        keepAliveS: KEEP_ALIVE_S,
      })
    } else if (effect.kind === 'disconnect') closeLink(link, CODES[effect.reason], nowMs())
    else if (effect.kind === 'time') clock.learn(effect.timeS)
    else if (effect.kind === 'interval') port.interval(effect.intervalS, effect.isLasting)
    else if (effect.kind === 'status-wanted') post({ kind: 'status', nowMs: nowMs(), status: port.status() })
    else port.reboot(0)
  }

  function sayChanges(): void {
    const isOpen = sender.state === 'open'
    if (isOpen !== wasOpen) port.say(isOpen ? 'session: open' : 'session: closed')
    wasOpen = isOpen
    const now = ringStats(ring).records
    if (now !== records) port.say((now < records ? 'acked: ' : 'batch kept: ') + now + ' in the ring')
    records = now
  }

  /** An effect may bring the next event (a closed link, a status): it waits its turn. */
  function post(event: SenderEvent): void {
    waiting.push(event)
    if (isStepping) return
    isStepping = true
    try {
      while (waiting.length > 0) {
        const effects = stepSender(sender, waiting.shift() as SenderEvent)
        for (let i = 0; i < effects.length; i++) perform(effects[i] as SenderEffect)
      }
    } finally {
      isStepping = false
    }
    sayChanges()
  }

  function note(code: number): void {
    reason.noteReason(reasons, code)
  }

  const network = carrier.network({
    found: spots => ladderFound(ladder, spots, nowMs()),
    associated: () => ladderAssociated(ladder),
    joined: ip => ladderJoined(ladder, ip, nowMs()),
    left: code => ladderLeft(ladder, code, nowMs()),
    address: address => linkAddress(link, address, nowMs()),
  })

  const link: Link = createLink(
    { host: config.host, port: config.port, topicUp: upTopic(dongleId), wire: carrier.wire(network, () => link) },
    {
      up: () => {
        port.say('link: up')
        post({ kind: 'link-up', nowMs: nowMs() })
      },
      message: payload => post({ kind: 'message', nowMs: nowMs(), bytes: carrier.toBytes(payload) }),
      down: code => {
        note(code)
        port.say('link: down, ' + code)
        post({ kind: 'link-down', nowMs: nowMs() })
      },
      fault: note,
      reachable: () => post({ kind: 'reachable', nowMs: nowMs() }),
      stale: () => ladderRejoin(ladder, nowMs()),
      nonce: n => carrier.toText(freshBytes(sender.setup, 'probe|' + boot + '|' + n).subarray(0, 12)),
    },
  )

  const ladder: Ladder = createLadder(
    network,
    {
      up: () => {
        port.say('network: up')
        linkNetwork(link, true, nowMs())
      },
      down: () => linkNetwork(link, false, nowMs()),
      fault: code => {
        note(code)
        port.say('network: ' + code)
      },
      restart: () => port.reboot(ladder.restarts + 1),
    },
    config.networks.length,
    restarts,
  )

  return {
    batchKept: () => post({ kind: 'batch-kept', nowMs: nowMs() }),
    quietMoment: () => linkQuietMoment(link, nowMs()),
    tick: () => {
      ladderTick(ladder, nowMs())
      linkTick(link, nowMs())
      post({ kind: 'tick', nowMs: nowMs() })
    },
    ladder: ladder,
    link: link,
    reasons: reasons,
  }
}
