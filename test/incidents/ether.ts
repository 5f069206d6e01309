// The world beyond a dongle's antenna: access points, address and name servers, a router, a portal, a gateway. It stands behind
// the firmware's words for a network and its sockets (network.ts), and keeps the engine's habits: silent tries of its own, the first access
// point of a name, connect() that stands still. Nothing is async; time and chance are the world's.

import { generate, type Packet, parser } from 'mqtt-packet'
import {
  ADDRESS,
  ANSWER,
  ASSOCIATED,
  type Ask,
  type Carrier,
  CLOSE,
  CONNECTED,
  DIAL,
  ENDED,
  FOUND,
  type Heard,
  JOIN,
  JOINED,
  LEFT,
  LOOK_UP,
  OFF,
  PROBE,
  RECEIVED,
  SCAN,
  type Spot,
} from '../../firmware/network.ts'
import * as reason from '../../firmware/reasons.ts'
import { probeAnswer } from '../../gateway/udp-probe.ts'
import { joined } from '../../shared/kernel/pieces.ts'
import { type Random, randomBelow } from '../../shared/kernel/random.ts'
import { type Connection, connect, disconnect, type SimGateway, takeMessage } from '../sim/sim-gateway.ts'
import { inText } from '../support/told.ts'

const START_S = 1_780_000_000
/** lwIP gives up a connect() into the void after six SYNs. */
const STANDSTILL_MS = 189_000
const BEACONS_MS = 6000

export interface Point {
  network: number
  id: string
  dbm: number
  isOn: boolean
  isHidden: boolean
  /** Turns stations away, with this reason of ours. */
  refusal: number
}

interface Socket {
  address: string
  parser: ReturnType<typeof parser>
  connection: Connection | undefined
  isPortal: boolean
  /** The other end, or something between, has forgotten it: bytes vanish. */
  isForgotten: boolean
  /** The other end is gone and says so at the next byte. */
  isReset: boolean
  up: Buffer[]
  down: Buffer[]
}

export interface Ether {
  random: Random
  /** The dongle's time: it runs ahead of the world's while connect() stands still. */
  nowMs: number
  due: { atMs: number; run(): void }[]
  points: Point[]
  /** Does the radio join the point that was meant, or the first of its name. */
  heedsPoints: boolean
  hasAddresses: boolean
  ip: string
  names: 'answering' | 'none' | 'silent'
  isWanUp: boolean
  isPortal: boolean
  isUdpLost: boolean
  isTcpLost: boolean
  latencyMs: number
  gateway: SimGateway
  gatewayAddress: string
  isHostUp: boolean
  isRunning: boolean
  /** Another server behind the same address. */
  stranger: 'none' | 'refuses' | 'mute'
  answersProbes: boolean
  /** hung: until the radio was off. dead: until the chip was restarted. */
  radio: 'fine' | 'hung' | 'dead'
  point: Point | undefined
  isJoined: boolean
  /** The access point has forgotten the station and says nothing. */
  isUnknown: boolean
  /** What was begun before the last radio command, and before the last boot, comes to nothing. */
  attempt: number
  boot: number
  /** The running boot's ears. */
  hear(what: Heard): void
  socket: Socket | undefined
  dials: number
}

/** Runs in `delayMs` of the world's time, unless the dongle was restarted meanwhile. */
function later(ether: Ether, delayMs: number, run: () => void): void {
  const { boot } = ether
  const atMs = ether.nowMs + delayMs
  let at = ether.due.length
  while (at > 0 && (ether.due[at - 1] as { atMs: number }).atMs > atMs) at--
  ether.due.splice(at, 0, { atMs, run: () => boot === ether.boot && run() })
}

/** Everything that is due by `untilMs`, in order. */
export function runDue(ether: Ether, untilMs: number): void {
  while (ether.due.length > 0 && (ether.due[0] as { atMs: number }).atMs <= untilMs) {
    const next = ether.due.shift() as Ether['due'][number]
    if (next.atMs > ether.nowMs) ether.nowMs = next.atMs
    next.run()
  }
}

function hasIp(ether: Ether): boolean {
  return ether.isJoined && !ether.isUnknown && ether.point?.isOn === true
}

function reaches(ether: Ether, address: string): boolean {
  return hasIp(ether) && ether.isWanUp && ether.isHostUp && address === ether.gatewayAddress
}

function associate(ether: Ether, point: Point): void {
  ether.point = point
  ether.isUnknown = false
  ether.hear({ kind: ASSOCIATED })
  const mine = ether.attempt
  later(ether, 300 + randomBelow(ether.random, 1500), () => {
    if (mine !== ether.attempt || !ether.hasAddresses || !point.isOn) return
    ether.isJoined = true
    ether.hear({ kind: JOINED, ip: ether.ip })
  })
}

export function leave(ether: Ether, code: number): void {
  if (!ether.point) return
  ether.attempt++
  ether.point = undefined
  ether.isJoined = false
  later(ether, 100, () => ether.hear({ kind: LEFT, code: code }))
}

/** The point went out: the radio misses beacons, tries twice by itself, and only then says so. */
export function pointLost(ether: Ether): void {
  const { point } = ether
  const mine = ether.attempt
  later(ether, BEACONS_MS * 2, () => {
    if (mine !== ether.attempt || !point) return
    if (point.isOn && point.refusal === 0) associate(ether, point)
    else leave(ether, reason.SIGNAL_LOST)
  })
}

const noisy = (ether: Ether, dbm: number): number => dbm + randomBelow(ether.random, 7) - 3

function join(ether: Ether, spot: Spot): void {
  if (ether.point) leave(ether, reason.ACCESS_POINT_LEFT)
  const mine = ++ether.attempt
  if (ether.radio !== 'fine') return
  const named = ether.points.filter(point => point.network === spot.network && point.isOn)
  const point = (ether.heedsPoints && named.find(one => one.id === spot.id)) || named[0]
  const code = !point ? reason.NO_ACCESS_POINT : point.dbm < -90 ? reason.HANDSHAKE_FAILED : point.refusal
  later(ether, code ? 9000 : 1500 + randomBelow(ether.random, 2500), () => {
    if (mine !== ether.attempt || ether.radio !== 'fine') return
    if (point && code === 0 && point.isOn) associate(ether, point)
    else ether.hear({ kind: LEFT, code: code || reason.NO_ACCESS_POINT })
  })
}

function scan(ether: Ether): void {
  later(ether, 2500, () => {
    if (ether.radio !== 'fine') return
    const seen = ether.points.filter(point => point.isOn && !point.isHidden)
    const spots = seen.map(({ network, dbm, id }) => ({ network, dbm: noisy(ether, dbm), id, channel: 1 }))
    ether.hear({ kind: FOUND, spots })
  })
}

function radioOff(ether: Ether): void {
  if (ether.radio === 'hung') ether.radio = 'fine'
  ether.attempt++
  leave(ether, reason.ACCESS_POINT_LEFT)
}

function lookUp(ether: Ether): void {
  const hasNone = !ether.isJoined || ether.names === 'none'
  if (!hasNone && (ether.names === 'silent' || !hasIp(ether))) return
  const isKnown = !hasNone && ether.isWanUp
  const afterMs = hasNone ? 100 : isKnown ? 100 + ether.latencyMs : 5000
  later(ether, afterMs, () => ether.hear({ kind: ADDRESS, host: isKnown ? ether.gatewayAddress : null }))
}

function toLink(ether: Ether, socket: Socket, bytes: Buffer): void {
  later(ether, ether.latencyMs, () => {
    if (socket !== ether.socket || socket.isForgotten) return
    if (!socket.isPortal && !reaches(ether, socket.address)) socket.down.push(bytes)
    else ether.hear({ kind: RECEIVED, text: bytes.toString('latin1') })
  })
}

/** The other end hangs up: the dongle hears of it if anything reaches it. */
function hangUp(ether: Ether, socket: Socket): void {
  socket.isReset = true
  if (!reaches(ether, socket.address) || socket.isForgotten) return
  later(ether, ether.latencyMs, () => {
    if (socket === ether.socket) ether.hear({ kind: ENDED, code: reason.CLOSED_BY_PEER })
  })
}

function answerPacket(ether: Ether, socket: Socket, packet: Packet): void {
  const say = (answer: Packet): void => toLink(ether, socket, generate(answer))
  const nowS = START_S + Math.floor(ether.nowMs / 1000)
  if (packet.cmd === 'connect') {
    if (ether.stranger === 'refuses') say({ cmd: 'connack', returnCode: 5, sessionPresent: false })
    else if (ether.stranger === 'mute') say({ cmd: 'connack', returnCode: 0, sessionPresent: false })
    else {
      socket.connection = connect(
        ether.gateway,
        packet.clientId,
        String(packet.password),
        bytes =>
          say({
            cmd: 'publish',
            topic: `nrt/1/${packet.clientId}/down`,
            payload: Buffer.from(bytes),
            qos: 0,
            dup: false,
            retain: false,
          }),
        () => hangUp(ether, socket),
      )
      say({ cmd: 'connack', returnCode: socket.connection ? 0 : 4, sessionPresent: false })
    }
  } else if (packet.cmd === 'subscribe') say({ cmd: 'suback', messageId: packet.messageId as number, granted: [0] })
  else if (packet.cmd === 'pingreq') say({ cmd: 'pingresp' })
  else if (packet.cmd === 'publish') {
    say({ cmd: 'puback', messageId: packet.messageId as number })
    const { connection } = socket
    if (connection && ether.gateway.connections.has(connection)) {
      takeMessage(ether.gateway, connection, packet.payload as Buffer, nowS)
    }
  }
}

function toGateway(ether: Ether, socket: Socket, bytes: Buffer): void {
  if (socket.isForgotten) return
  if (socket.isPortal) {
    toLink(ether, socket, Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Welcome</html>'))
  } else if (!reaches(ether, socket.address)) socket.up.push(bytes)
  else if (socket.isReset || !ether.isRunning) {
    later(ether, ether.latencyMs, () => {
      if (socket === ether.socket) ether.hear({ kind: ENDED, code: reason.SOCKET_ERROR })
    })
  } else socket.parser.parse(bytes)
}

function dial(ether: Ether, address: string): void {
  ether.dials++
  const isPortal = ether.isPortal && hasIp(ether)
  const isVoid = !isPortal && ether.isJoined && (!reaches(ether, address) || ether.isTcpLost)
  if (isVoid || (!isPortal && (!ether.isJoined || !ether.isRunning))) {
    if (isVoid) ether.nowMs += STANDSTILL_MS
    ether.hear({ kind: ENDED, code: reason.NOT_CONNECTED })
    return
  }
  const socket: Socket = {
    address,
    parser: parser(),
    connection: undefined,
    isPortal,
    isForgotten: false,
    isReset: false,
    up: [],
    down: [],
  }
  socket.parser.on('packet', packet => answerPacket(ether, socket, packet))
  socket.parser.on('error', () => hangUp(ether, socket))
  ether.socket = socket
  later(ether, 30, () => socket === ether.socket && ether.hear({ kind: CONNECTED }))
}

function probe(ether: Ether, address: string, question: string): void {
  const isHeard = reaches(ether, address) && ether.isRunning && ether.answersProbes && ether.stranger === 'none'
  if (!isHeard || ether.isUdpLost || ether.isPortal) return
  const answer = probeAnswer(Buffer.from(question, 'latin1'))?.toString('latin1') ?? ''
  later(ether, 20 + ether.latencyMs * 2, () => hasIp(ether) && ether.hear({ kind: ANSWER, text: answer }))
}

function close(ether: Ether): void {
  const { socket } = ether
  ether.socket = undefined
  if (socket?.connection && reaches(ether, socket.address)) disconnect(ether.gateway, socket.connection)
}

function ask(ether: Ether, what: Ask): void {
  if (what.kind === SCAN) scan(ether)
  else if (what.kind === JOIN) join(ether, what.spot)
  else if (what.kind === OFF) radioOff(ether)
  else if (what.kind === LOOK_UP) lookUp(ether)
  else if (what.kind === PROBE) probe(ether, what.host, what.text)
  else if (what.kind === DIAL) dial(ether, what.host)
  else if (what.kind === CLOSE) close(ether)
}

/** What TCP held back while nothing passed goes on when it passes again. */
export function flushHeld(ether: Ether): void {
  const { socket } = ether
  if (!socket || (socket.up.length === 0 && socket.down.length === 0) || !reaches(ether, socket.address)) return
  for (const bytes of socket.up.splice(0)) toGateway(ether, socket, bytes)
  for (const bytes of socket.down.splice(0)) toLink(ether, socket, bytes)
}

/** What carries one boot of the dongle; set `ether.hear` before anything is asked. */
export function carrierOf(ether: Ether): Carrier {
  ether.boot++
  ether.attempt++
  ether.point = undefined
  ether.isJoined = false
  ether.socket = undefined
  ether.radio = 'fine'
  return {
    ask: what => ask(ether, what),
    send: bytes => {
      if (ether.socket) toGateway(ether, ether.socket, Buffer.from(inText(bytes), 'latin1'))
    },
    dbm: () => (ether.point ? noisy(ether, ether.point.dbm) : undefined),
    toText: bytes => Buffer.from(joined(bytes)).toString('latin1'),
    toBytes: text => new Uint8Array(Buffer.from(text, 'latin1')),
    soon: run => later(ether, 0, run),
  }
}
