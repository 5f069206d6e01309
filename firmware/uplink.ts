// The dongle's end of the conversation: the sender decides, the link carries. Every effect of the sender is carried out
// here, one event at a time. It knows bytes, not what they mean.

import type { EnvelopeCrypto } from '../shared/envelope/crypto.ts'
import type { StatusReport } from '../shared/session/messages.ts'
import type { ReadCommand } from '../shared/session/messages-down.ts'
import { type Ring, ringStats } from '../shared/session/ring.ts'
import { createSender, type Sender, type SenderEffect, type SenderEvent, stepSender } from '../shared/session/sender.ts'
import type { DongleConfig } from '../shared/session/system-page.ts'
import { downTopic, upTopic } from '../shared/session/topics.ts'
import type { DongleClock } from './clock.ts'
import { FIRMWARE_VERSION } from './config.ts'
import type { EngineNet } from './engine.ts'
import type { Self } from './identity.ts'
import { closeLink, createLink, type Link, linkPublish, linkQuietMoment, linkTick, openLink } from './link.ts'
import type { Network } from './wifi.ts'

const KEEP_ALIVE_S = 60

export interface UplinkPort {
  say(line: string): void
  status(): StatusReport
  /** Batches every `intervalS` seconds from now on. */
  interval(intervalS: number, isLasting: boolean): void
  reboot(): void
  /** The gateway has proved itself: a session is open. Before anything is sent in it. */
  opened(): void
  obey(order: ReadCommand): SenderEvent
}

export interface Uplink {
  sender: Sender
  /** A batch came into the ring. */
  batchKept(): void
  /** A telegram has just ended. */
  quietMoment(): void
  /** Once a second. */
  tick(): void
}

export function openUplink(
  self: Self,
  config: DongleConfig,
  outcome: number | undefined,
  crypto: EnvelopeCrypto,
  ring: Ring,
  boot: number,
  clock: DongleClock,
  network: Network,
  net: EngineNet,
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
    isStopped: config.stopped === 1,
    order: config.order,
    outcome: outcome,
  })
  const waiting: SenderEvent[] = []
  let isStepping = false
  let wasOpen = false
  let records = ringStats(ring).records

  function perform(effect: SenderEffect): void {
    if (effect.kind === 'publish') linkPublish(link, E.toString(effect.bytes))
    else if (effect.kind === 'connect') {
      openLink(link, {
        clientId: effect.clientId,
        username: effect.username,
        password: effect.password,
        subscribe: downTopic(dongleId),
        keepAliveS: KEEP_ALIVE_S,
      })
    } else if (effect.kind === 'disconnect') closeLink(link, effect.reason)
    else if (effect.kind === 'time') {
      port.opened()
      clock.learn(effect.timeS)
    } else if (effect.kind === 'order') post(port.obey(effect.order))
    else if (effect.kind === 'interval') port.interval(effect.intervalS, effect.isLasting)
    else if (effect.kind === 'status-wanted') post({ kind: 'status', nowMs: clock.nowMs(), status: port.status() })
    else port.reboot()
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

  const link: Link = createLink(
    {
      host: config.host,
      port: config.port,
      topicUp: upTopic(dongleId),
      network: network,
      net: net,
      nowMs: () => clock.nowMs(),
    },
    {
      up: () => {
        port.say('link: up')
        post({ kind: 'link-up', nowMs: clock.nowMs() })
      },
      message: payload => post({ kind: 'message', nowMs: clock.nowMs(), bytes: E.toUint8Array(payload) }),
      down: reason => {
        port.say('link: down, ' + reason)
        post({ kind: 'link-down', nowMs: clock.nowMs() })
      },
    },
  )

  return {
    sender: sender,
    batchKept: () => post({ kind: 'batch-kept', nowMs: clock.nowMs() }),
    quietMoment: () => linkQuietMoment(link),
    tick: () => {
      linkTick(link)
      post({ kind: 'tick', nowMs: clock.nowMs() })
    },
  }
}
