// The dongle's end of the conversation: the sender decides, the link carries. Every effect of the sender is carried out
// here, one event at a time. It knows bytes, not what they mean.

import type { CborReader } from '../shared/batch/cbor.ts'
import type { EnvelopeCrypto } from '../shared/envelope/crypto.ts'
import type { StatusReport } from '../shared/session/messages.ts'
import type { ReadCommand } from '../shared/session/messages-down.ts'
import { type Kept, type Ring, ringStats } from '../shared/session/ring.ts'
import {
  createSender,
  type DisconnectReason,
  freshBytes,
  isTickDue,
  opened,
  type Sender,
  type SenderEffect,
  type SenderEvent,
  sealed,
  sendKept,
  stepSender,
} from '../shared/session/sender.ts'
import type { DongleConfig } from '../shared/session/system-page.ts'
import { downTopic, upTopic } from '../shared/session/topics.ts'
import { UPDATE_SESSION } from '../shared/update/updater.ts'
import type { DongleClock } from './clock.ts'
import { FIRMWARE_VERSION } from './config.ts'
import type { Self } from './identity.ts'
import { createLadder, type Ladder, ladderHear, ladderTick } from './ladder.ts'
import {
  closeLink,
  createLink,
  type Link,
  linkHear,
  linkNetwork,
  linkQuietMoment,
  linkReceive,
  linkTick,
  openLink,
} from './link.ts'
import { mqttPublish } from './mqtt.ts'
import {
  ADDRESS,
  type Carrier,
  FAULT,
  type Heard,
  LINK_DOWN,
  LINK_UP,
  MESSAGE,
  NETWORK_DOWN,
  NETWORK_UP,
  REACHABLE,
  RECEIVED,
  RESTART,
  type Told,
} from './network.ts'
import type { Reasons } from './reasons.ts'
import * as reason from './reasons.ts'

const KEEP_ALIVE_S = 60
/** Envelopes that wait to be opened; the longest packet holds less. A broker that floods us must not take the memory: what is too much is refused, and comes again. */
const ENVELOPES_BYTES_MAX = 4096
/** And however short they are: each that waits takes room of its own. */
const WAITING_MAX = 24

function codeOf(why: DisconnectReason): number {
  return why === 'no-acks' ? reason.NO_ACKS : why === 'no-challenge' ? reason.NO_CHALLENGE : reason.LINK_TIMEOUT
}

/** What waits for a turn of the engine: what happened, or what the sender wants done. An envelope is opened in one turn, what it holds is taken in another. */
type Turn = SenderEvent | SenderEffect | { kind: 'envelope'; text: string }

/** When it happened is noted where it begins to wait. */
type Untimed<T> = T extends { nowMs: number } ? Omit<T, 'nowMs'> : T

type Message = Extract<SenderEffect, { kind: 'publish' }>

export interface UplinkPort {
  say(line: string): void
  status(): StatusReport
  /** Batches every `intervalS` seconds from now on. */
  interval(intervalS: number, isLasting: boolean): void
  /** `restarts`: how many for want of a network this makes in a row; 0 = the gateway asked for it. */
  reboot(restarts: number): void
  /** The gateway has proved itself: a session is open. Before anything is sent in it. */
  opened(): void
  obey(order: ReadCommand): SenderEvent
  /** As tendSlots: a message for the gateway, or none. */
  update(occasion: number, body?: CborReader): number[] | undefined
}

export interface Uplink {
  sender: Sender
  /** What waits for a turn of its own; never to be changed from outside. */
  waiting: readonly unknown[]
  /** Something was heard from the network or its sockets. */
  hear(what: Heard): void
  /** A batch came into the ring; `kept` when it is the newest of it. */
  batchKept(kept: Kept | undefined): void
  /** Prints what became of session and ring since it was last asked; in the turn that changed them, or two changes may hide each other. */
  sayChanges(): void
  /** A telegram has just ended. */
  quietMoment(nowMs: number): void
  /** Something is to be done about an update (shared/update/updater.ts). */
  update(occasion: number, body?: CborReader): void
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
  outcome: number | undefined,
  crypto: EnvelopeCrypto,
  ring: Ring,
  boot: number,
  restarts: number,
  clock: DongleClock,
  carrier: Carrier,
  port: UplinkPort,
): Uplink {
  const dongleId = self.identity.dongleId
  const topic = upTopic(dongleId)
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
  const reasons = reason.createReasons()
  const nowMs = (): number => clock.nowMs()
  /** Each in a turn of its own, so that the port is heard in between. Messages in their envelopes are among them, going either way. */
  const waiting: Turn[] = []
  let envelopeBytes = 0
  let wasOpen = false
  let records = ringStats(ring).records

  function update(occasion: number, body?: CborReader): void {
    const values = port.update(occasion, body)
    if (values) wait({ kind: 'update-said', values: values })
  }

  function sayChanges(): void {
    const isOpen = sender.state === 'greeted'
    if (isOpen !== wasOpen) port.say(isOpen ? 'session: open' : 'session: closed')
    wasOpen = isOpen
    const now = ringStats(ring).records
    if (now !== records) port.say((now < records ? 'acked: ' : 'batch kept: ') + now + ' in the ring')
    records = now
  }

  function wait(turn: Untimed<Turn>): void {
    const timed = turn as Turn & { nowMs: number }
    timed.nowMs = nowMs()
    if (waiting.push(timed) === 1) carrier.soon(step)
  }

  function step(): void {
    try {
      take(waiting[0] as Turn)
    } finally {
      waiting.shift()
      if (waiting.length > 0) carrier.soon(step)
    }
  }

  /** Not within `take`: whoever calls it steps over all that it does for others. */
  function ship(message: Message, atMs: number): void {
    const envelope = sealed(sender.setup, message.name, message.plain, message.bytes)
    const mqtt = link.mqtt
    // what could not be sent the sender's own time-out brings again
    if (mqtt) mqttPublish(mqtt, topic, envelope.pieces, envelope.bytes, atMs)
  }

  function take(turn: Turn): void {
    if (turn.kind === 'publish') ship(turn, nowMs())
    else if (turn.kind === 'envelope') {
      envelopeBytes -= turn.text.length
      wait({ kind: 'message-came', plain: opened(sender.setup, carrier.toBytes(turn.text)) })
    } else if (turn.kind === 'connect') {
      openLink(link, {
        clientId: turn.clientId,
        username: turn.username,
        password: turn.password,
        subscribe: downTopic(dongleId),
        keepAliveS: KEEP_ALIVE_S,
      })
    } else if (turn.kind === 'disconnect') closeLink(link, codeOf(turn.reason), nowMs())
    else if (turn.kind === 'time-known') {
      port.opened()
      clock.learn(turn.timeS)
      update(UPDATE_SESSION)
    } else if (turn.kind === 'update-came') update(turn.wire, turn.body)
    else if (turn.kind === 'order') wait(port.obey(turn.order))
    else if (turn.kind === 'interval') port.interval(turn.intervalS, turn.isLasting)
    else if (turn.kind === 'status-wanted') wait({ kind: 'status', status: port.status() })
    else if (turn.kind === 'reboot') port.reboot(0)
    else {
      const effects = stepSender(sender, turn)
      for (const effect of effects) wait(effect)
      sayChanges()
    }
  }

  function fault(code: number, text: string): void {
    reason.noteReason(reasons, code)
    port.say(text + code)
  }

  /** From ladder and link. */
  function tell(what: Told): void {
    if (what.kind === MESSAGE) {
      if (envelopeBytes + what.text.length > ENVELOPES_BYTES_MAX || waiting.length > WAITING_MAX)
        sender.messagesRefused++
      else {
        envelopeBytes += what.text.length
        wait({ kind: 'envelope', text: what.text })
      }
    } else if (what.kind === FAULT) fault(what.code, 'network: ')
    else if (what.kind === LINK_DOWN) {
      fault(what.code, 'link: down, ')
      wait({ kind: 'link-down' })
    } else if (what.kind === LINK_UP) {
      port.say('link: up')
      wait({ kind: 'link-up' })
    } else if (what.kind === REACHABLE) wait({ kind: 'reachable' })
    else if (what.kind === NETWORK_UP) {
      port.say('network: up')
      linkNetwork(link, true, nowMs())
    } else if (what.kind === NETWORK_DOWN) linkNetwork(link, false, nowMs())
    else if (what.kind === RESTART) port.reboot(ladder.restarts + 1)
    else ladderHear(ladder, what, nowMs())
  }

  /** From the network and its sockets. */
  function hear(what: Heard): void {
    const atMs = nowMs()
    if (what.kind === RECEIVED) linkReceive(link, what.text, atMs)
    else if (what.kind < ADDRESS) ladderHear(ladder, what, atMs)
    else linkHear(link, what, atMs)
  }

  const link: Link = createLink({
    host: config.host,
    port: config.port,
    ask: carrier.ask,
    send: carrier.send,
    tell: tell,
    nonce: n => carrier.toText(freshBytes(sender.setup, 'probe|' + boot + '|' + n).subarray(0, 12)),
  })
  const ladder: Ladder = createLadder(carrier.ask, tell, config.networks.length, restarts)

  return {
    sender: sender,
    waiting: waiting,
    hear: hear,
    update: update,
    batchKept: kept => {
      const effects: SenderEffect[] = []
      const atMs = nowMs()
      if (!kept || !sendKept(sender, kept, atMs, effects)) wait({ kind: 'look' })
      else {
        const message = effects[0]
        // whoever waits has a lower number, and numbers rise
        if (message) {
          if (waiting.length > 0) wait(message)
          else ship(message as Message, atMs)
        }
      }
    },
    sayChanges: sayChanges,
    quietMoment: nowMs => linkQuietMoment(link, nowMs),
    tick: () => {
      ladderTick(ladder, carrier.dbm(), nowMs())
      linkTick(link, nowMs())
      if (isTickDue(sender, nowMs())) wait({ kind: 'tick' })
    },
    ladder: ladder,
    link: link,
    reasons: reasons,
  }
}
