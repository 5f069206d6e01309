// The first packet of a connection: who comes, whether they may, and what they are from then on, a dongle or a guest. While that is being judged
// the connection is not read.

import { isDongleId } from '../../shared/kernel/ids.ts'
import { downTopic, upTopic } from '../../shared/session/topics.ts'
import { asksDirectory, isAnswered, isLate } from './admissions.ts'
import type { Link } from './broker.ts'
import { dongleConnectRefusal } from './connect-rules.ts'
import { type Connection, close, holdUp, refuse, refuseConnect, resume, sendDown, write } from './connection.ts'
import type { GuestLine, GuestRights, Guests } from './guests.ts'
import { bucketOf, isInDebt, payConnect } from './message-limit.ts'
import * as mqtt from './packets.ts'

/** True when the next packet may be taken: never, before the answer is there. */
export function connect(connection: Connection, packet: mqtt.Connect | undefined): boolean {
  const { options, admissions, turnstile, dongleLimit, guests, isAccepting } = connection.common
  if (packet === undefined) return refuse(connection, 'malformed-packet')
  if (guests !== undefined && packet.level === 4 && isAccepting && !isDongleId(packet.clientId))
    return receive(connection, packet, guests)
  const refusal = isAccepting ? dongleConnectRefusal(packet, options.keepaliveMaxS) : 'stopping'
  if (refusal !== undefined) return refuseConnect(connection, refusal)
  const nowMs = options.clock.monotonicMs()
  // Before the directory is asked: whoever has the key has proven it before.
  if (isInDebt(dongleLimit, packet.clientId, nowMs)) return refuseConnect(connection, 'dongle-in-debt')
  connection.state = 'connecting'
  connection.door.excuse()
  holdUp(connection)
  asksDirectory(admissions, connection, nowMs)
  turnstile.enter(() => judge(connection, packet))
  return false
}

/** Asks who it is; false: it has gone. */
function judge(connection: Connection, packet: mqtt.Connect): boolean {
  const { options, events, admissions } = connection.common
  if (connection.state === 'closed') {
    if (!isLate(admissions, options.clock.monotonicMs())) connection.door.blame()
    isAnswered(admissions, connection)
    return false
  }
  const link = createLink(connection, packet.clientId)
  const answered = events.connect(link, packet.password).finally(() => isAnswered(admissions, connection))
  answered.then(
    verdict => {
      if (verdict !== undefined) refuseConnect(connection, verdict)
      else if (connection.state === 'closed') events.closed(link)
      else admit(connection, link, packet.keepaliveS)
    },
    () => refuseConnect(connection, 'directory-failing'),
  )
  return true
}

function createLink(connection: Connection, dongleId: string): Link {
  return {
    dongleId,
    isShared: false,
    send: payload => connection.isSubscribed && isReading(connection) && sendDown(connection, payload),
    close: () => void close(connection),
  }
}

function isReading({ common, state, socket }: Connection): boolean {
  return state === 'open' && socket.writableLength <= common.options.unreadBytesMax
}

function admit(connection: Connection, link: Link, keepaliveS: number): void {
  const { options, dongleLimit: limit } = connection.common
  connection.state = 'open'
  connection.link = link
  const nowMs = options.clock.monotonicMs()
  const bucket = bucketOf(limit, link.dongleId, nowMs)
  payConnect(limit, bucket, nowMs)
  connection.paid = { limit, bucket }
  connection.upTopic = mqtt.textOnWire(upTopic(link.dongleId))
  connection.downTopic = mqtt.textOnWire(downTopic(link.dongleId))
  connection.reader.limitBytes = options.packetBytesMax
  watch(connection, keepaliveS)
  connection.door.admit()
  write(connection, mqtt.connack(0))
  resume(connection)
}

/** [MQTT-3.1.2-24] one and a half times; what we do not read ourselves is no silence. */
function watch(connection: Connection, keepaliveS: number): void {
  connection.keepalive = setTimeout(() => {
    if (connection.isWaiting || connection.isSlowed) connection.keepalive?.refresh()
    else refuse(connection, 'keepalive-timeout')
  }, keepaliveS * 1500)
}

/** The CONNECT of a guest. */
function receive(connection: Connection, packet: mqtt.Connect, guests: Guests): boolean {
  connection.state = 'connecting'
  connection.door.excuse()
  holdUp(connection)
  guests.judge(packet, connection.door.certificate).then(
    verdict => {
      if (typeof verdict === 'string') refuseConnect(connection, verdict)
      else if (connection.state !== 'closed') admitGuest(connection, packet, verdict, guests)
    },
    () => refuseConnect(connection, 'directory-failing'),
  )
  return false
}

function admitGuest(connection: Connection, packet: mqtt.Connect, rights: GuestRights, guests: Guests): void {
  const { options, guestLimit: limit } = connection.common
  connection.state = 'open'
  const client = `${rights.realm ?? ''}/${packet.clientId}`
  connection.paid = { limit, bucket: bucketOf(limit, client, options.clock.monotonicMs()) }
  connection.guest = guests.open(packet, rights, lineOf(connection))
  if (connection.guest === undefined) return void refuseConnect(connection, 'guest-over-limit')
  if (packet.keepaliveS > 0) watch(connection, packet.keepaliveS)
  connection.door.admit()
  connection.socket.on('drain', () => connection.guest?.goOn())
  resume(connection)
}

function lineOf(connection: Connection): GuestLine {
  const { unreadBytesMax } = connection.common.options
  return {
    write: bytes => write(connection, bytes),
    hasRoom: () => connection.socket.writableLength <= unreadBytesMax,
    refuse: reason => refuse(connection, reason),
    close: () => close(connection),
    drop: () => void connection.socket.destroy(),
  }
}
