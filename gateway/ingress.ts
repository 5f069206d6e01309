// The way of a message through the gateway, in order: connection → room for it → unsealed → by kind to relay, commands or
// back as a challenge. It decides what a fault costs; it refuses to know sockets (broker/) and commits (relay.ts).

import type { Clock } from '../shared/kernel/clock.ts'
import type { CloneSign } from '../shared/port/dongle-directory.ts'
import type { Span, Tracing } from '../shared/port/tracing.ts'
import type { Ack } from '../shared/session/messages.ts'
import { ACK_IDS_MAX } from '../shared/session/messages-down.ts'
import { sealAck, sealChallenge } from '../shared/session/receiver.ts'
import { type Authenticator, isNewer } from './authenticate.ts'
import type { BrokerEvents, Link } from './broker/broker.ts'
import type { Commands } from './commands.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import { judge, type Pressure } from './pressure.ts'
import type { Relay } from './relay.ts'
import type { Session, Sessions } from './session.ts'
import { type Unsealed, unsealMessage } from './unseal.ts'
import type { Updates } from './updates.ts'
import type { VerifiedBatch } from './verified-batch.ts'
import type { WaitingRoom } from './waiting-room.ts'

export interface IngressOptions {
  authenticator: Authenticator
  sessions: Sessions
  relay: Relay
  commands: Commands
  updates: Updates
  pressure: Pressure
  waitingRoom: WaitingRoom
  metrics: Metrics
  clock: Clock
  log: Log
  intervalS: number
  /** A message came that was seen before. */
  repeated(): void
  /** See DongleDirectory; these never reject. */
  heard(dongleId: string, epoch: number): Promise<void>
  suspect(dongleId: string, sign: CloneSign): Promise<void>
  randomBytes(count: number): Uint8Array
  /** Absent: nothing is followed. */
  tracing?: Tracing
}

export interface Ingress extends BrokerEvents {
  /** What the waiting room calls when a message's turn has come. */
  take(session: Session, bytes: Uint8Array): Promise<void> | undefined
  /** Seals and sends; false when the dongle could not be told (it will ask again by sending again). */
  acknowledge(dongleId: string, ack: Ack): void
  /** From now on nothing new is taken. */
  stop(): void
}

export const FAULTS_MAX = 20
const TALKING_MS = 2000
export const HELLOS_MAX = 8
/** Faults after which the dongle must greet again: without its connection it does. */
const GREET_AGAIN = new Set([
  'session.no-token',
  'session.token-forged',
  'session.token-expired',
  'session.other-session',
])

const NEXT_CONNECTION = new Set(['session.other-session', 'envelope.wrong-epoch'])

export function createIngress(options: IngressOptions): Ingress {
  const { authenticator, sessions, relay, commands, updates, pressure, waitingRoom, metrics, clock, log, tracing } =
    options
  let isStopping = false

  function message(link: Link, bytes: Uint8Array): Promise<void> | undefined {
    if (isStopping) return refuse('stopping')
    const session = sessions.ofLink(link)
    if (session !== undefined) return admit(session, bytes)
    if (link.isShared) return introduce(link, bytes)
    link.close()
    return refuse('unknown-session')
  }

  function refuse(reason: string): undefined {
    metrics.refused(reason)
    return undefined
  }

  function repeat(reason: string): undefined {
    options.repeated()
    return refuse(reason)
  }

  function admit(session: Session, bytes: Uint8Array): Promise<void> | undefined {
    const backlog = relay.backlogOf(session.dongleId)
    const verdict = judge(pressure, backlog.taken, backlog.held, bytes.length)
    if (verdict === 'take') return taken(take(session, bytes), session)
    // On a shared link one dongle's wait would be everybody's.
    if (verdict === 'wait' && !session.link.isShared) return waitingRoom.enter(session, backlog, bytes)
    refuse(verdict === 'wait' ? 'dongle-over-limit' : verdict)
    return taken(undefined, session)
  }

  function taken(work: Promise<void> | undefined, session: Session): Promise<void> | undefined {
    relay.tidy(session.dongleId)
    return work
  }

  function take(session: Session, bytes: Uint8Array): Promise<void> | undefined {
    const sinceMs = tracing?.nowMs()
    const unsealed = unsealMessage(session.receiver, bytes, clock.wallS())
    if (!unsealed.ok) {
      // Behind an external broker this is how a dongle's next connection shows, perhaps under its next key.
      if (session.link.isShared && NEXT_CONNECTION.has(unsealed.fault)) return introduce(session.link, bytes)
      fault(session, unsealed.fault)
      return undefined
    }
    const known = unsealed.value
    if (known.kind !== 'hello') hear(session)
    metrics.message(known.kind === 'poison' ? 'batch' : known.kind)
    if (sinceMs !== undefined && known.kind === 'batch') known.batch.span = follow(session, known.batch, sinceMs)
    deliver(session, known)
    return undefined
  }

  function follow({ pseudonym }: Session, batch: VerifiedBatch, sinceMs: number): Span | undefined {
    const span = tracing?.begin('batch', sinceMs)
    if (span === undefined) return undefined
    tracing
      ?.within(span.traceparent, 'unseal', sinceMs)
      .end({ 'nrt.dongle': pseudonym, 'nrt.bytes': batch.bytes.length, 'nrt.readings': batch.readings })
    return span
  }

  function deliver(session: Session, known: Unsealed): void {
    const { dongleId } = session
    const receivedAtMs = clock.wallS() * 1000
    switch (known.kind) {
      case 'hello':
        greet(session, known.nonce)
        return
      case 'batch':
        known.batch.receivedAtMs = receivedAtMs
        if (!relay.take(known.batch)) {
          repeat('in-flight-repeat')
          known.batch.span?.end({ 'nrt.outcome': 'in-flight-repeat' })
        }
        break
      case 'poison': {
        const letter = { dongleId, reason: known.code, bytes: known.bytes, receivedAtMs }
        if (!relay.bury(letter, known.id, known.reason)) refuse('in-flight-repeat')
        break
      }
      case 'status':
        relay.note({ ...known.status, dongleId, receivedAtMs })
        break
      case 'result':
        commands.result(session, known)
        break
      case 'chunk-wanted':
        updates.wanted(session, known)
        break
      case 'update-report':
        updates.report(session, known.report)
    }
    if (session.link.isShared) commands.reachable(session)
  }

  /** A message within the session: whoever sent it has the challenge, and has kept the key that it came under. */
  function hear(session: Session): void {
    session.heardMs = clock.monotonicMs()
    if (session.isHeard) return
    session.isHeard = true
    void options.heard(session.dongleId, session.receiver.keys.epoch)
  }

  function greet(session: Session, nonce: Uint8Array): void {
    session.hellos++
    session.nonce ??= nonce.slice()
    // Its nonce follows from (boot, session): a second one is a second dongle.
    if (Buffer.compare(session.nonce, nonce) !== 0) {
      void options.suspect(session.dongleId, 'other-nonce')
      hangUp(session, 'other-nonce')
      return
    }
    if (session.hellos > HELLOS_MAX) {
      hangUp(session, 'hello-flood')
      return
    }
    const answer = {
      timeS: clock.wallS(),
      intervalS: session.intervalS ?? options.intervalS,
      random: options.randomBytes(4),
      iv: options.randomBytes(16),
    }
    session.link.send(sealChallenge(session.receiver, { nonce }, answer))
    commands.reachable(session)
  }

  function fault(session: Session, code: string): void {
    metrics.refused(code)
    log.debug({ dongle: session.pseudonym, code }, 'a message was refused')
    if (code === 'session.replayed') options.repeated()
    // An MQTT repeat looks like a replay, and on a shared link anybody may have sent the bytes.
    if (code === 'session.replayed' || session.link.isShared) return
    session.faults++
    if (GREET_AGAIN.has(code)) dismiss(session)
    else if (session.faults >= FAULTS_MAX) hangUp(session, 'too-many-faults')
  }

  function hangUp(session: Session, reason: string): void {
    metrics.refused(reason)
    dismiss(session)
  }

  function dismiss(session: Session): void {
    sessions.close(session.link)
    waitingRoom.leave(session)
    session.link.close()
  }

  /** First message of a session whose connection an external broker holds. */
  async function introduce(link: Link, bytes: Uint8Array): Promise<void> {
    try {
      const admission = await authenticator.byMessage(link.dongleId, bytes)
      if (!admission.ok) {
        refuse(admission.fault)
        return
      }
      const known = sessions.ofLink(link)
      if (known !== undefined && !isNewer(admission.value.receiver.mark, known.receiver.mark)) {
        refuse('session.other-session')
        return
      }
      metrics.sessionOpened()
      await admit(sessions.open(link, admission.value), bytes)
    } catch {
      refuse('directory-failing')
    }
  }

  return {
    async connect(link, password) {
      if (isStopping) return 'stopping'
      const admission = await authenticator.byPassword(link.dongleId, password)
      if (!admission.ok) return admission.fault
      if (isStopping) return 'stopping'
      // Two attempts can overtake each other while the directory is asked; the newer one stays.
      const known = sessions.ofDongle(link.dongleId)
      if (known !== undefined && isNewer(known.receiver.mark, admission.value.receiver.mark)) return 'replayed-connect'
      // A dongle closes its line before it comes again, and has been silent on a dead one for longer than this.
      const isTalking = known?.isHeard === true && clock.monotonicMs() - known.heardMs < TALKING_MS
      if (isTalking) void options.suspect(link.dongleId, 'two-sessions')
      sessions.open(link, admission.value)
      metrics.sessionOpened()
      return undefined
    },
    message,
    closed(link) {
      const session = sessions.ofLink(link)
      sessions.close(link)
      if (session !== undefined) waitingRoom.leave(session)
    },
    refused: reason => metrics.refused(reason),
    take,
    acknowledge(dongleId, ack) {
      const session = sessions.ofDongle(dongleId)
      for (const part of partsOf(ack)) {
        const sealed = session === undefined ? undefined : sealAck(session.receiver, part, options.randomBytes(16))
        metrics.ackSent(sealed !== undefined && session?.link.send(sealed) === true)
      }
    },
    stop() {
      isStopping = true
    },
  }
}

/** One ack message names at most ACK_IDS_MAX batches of each sort. */
function partsOf(ack: Ack): Ack[] {
  const longest = Math.max(ack.final.length, ack.refused.length)
  if (longest <= ACK_IDS_MAX) return [ack]
  const parts: Ack[] = []
  for (let i = 0; i < longest; i += ACK_IDS_MAX) {
    parts.push({ final: ack.final.slice(i, i + ACK_IDS_MAX), refused: ack.refused.slice(i, i + ACK_IDS_MAX) })
  }
  return parts
}
