// What can go wrong on the way to the gateway, each with a cause that comes and goes. `isOurs`: the cause lies on this side of the
// router, so the ladder may climb; for all others a restart of the chip is forbidden. A moment is over as soon as it has happened.

import { JOINED } from '../../firmware/network.ts'
import * as reason from '../../firmware/reasons.ts'
import { randomBelow } from '../../shared/kernel/random.ts'
import { killGateway } from '../sim/sim-gateway.ts'
import { type Ether, leave, type Point, pointLost } from './ether.ts'
import { goDark, type Station } from './station.ts'

export interface Kind {
  name: string
  isOurs: boolean
  isMoment?: boolean
  begin(ether: Ether, station: Station): void
  end?(ether: Ether): void
}

const anyOf = <T>(ether: Ether, list: readonly T[]): T => list[randomBelow(ether.random, list.length)] as T

function pointsGone(ether: Ether, points: Point[]): void {
  for (const point of points) point.isOn = false
  if (ether.point && !ether.point.isOn) pointLost(ether)
}

function allOn(ether: Ether): void {
  for (const point of ether.points) point.isOn = true
}

const REFUSALS = [reason.AUTH_FAILED, reason.ASSOCIATION_FAILED, reason.HANDSHAKE_FAILED, reason.ASSOCIATION_OTHER]
const KICKS = [reason.AUTH_EXPIRED, reason.ASSOCIATION_EXPIRED, reason.ACCESS_POINT_LEFT]

export const KINDS: Kind[] = [
  { name: 'access points off', isOurs: true, begin: ether => pointsGone(ether, ether.points), end: allOn },
  {
    name: 'one access point off',
    isOurs: true,
    begin: ether => pointsGone(ether, ether.point ? [ether.point] : ether.points.slice(0, 1)),
    end: allOn,
  },
  {
    name: 'signal gone',
    isOurs: true,
    begin: ether => {
      for (const point of ether.points) point.dbm -= 60
      leave(ether, reason.SIGNAL_LOST)
    },
    end: ether => {
      for (const point of ether.points) point.dbm += 60
    },
  },
  {
    name: 'access points refuse',
    isOurs: true,
    begin: ether => {
      const refusal = anyOf(ether, REFUSALS)
      for (const point of ether.points) point.refusal = refusal
      leave(ether, refusal)
    },
    end: ether => {
      for (const point of ether.points) point.refusal = 0
    },
  },
  { name: 'kicked', isOurs: true, isMoment: true, begin: ether => leave(ether, anyOf(ether, KICKS)) },
  {
    name: 'forgotten by the access point',
    isOurs: true,
    isMoment: true,
    begin: ether => {
      ether.isUnknown = ether.isJoined
    },
  },
  {
    name: 'no address server',
    isOurs: true,
    begin: ether => {
      ether.hasAddresses = false
      leave(ether, reason.ACCESS_POINT_LEFT)
    },
    end: ether => {
      ether.hasAddresses = true
    },
  },
  {
    name: 'another address',
    isOurs: true,
    isMoment: true,
    begin: ether => {
      ether.ip = `10.0.${randomBelow(ether.random, 255)}.${2 + randomBelow(ether.random, 250)}`
      if (ether.socket) ether.socket.isForgotten = true
      if (ether.isJoined) ether.hear({ kind: JOINED, ip: ether.ip })
    },
  },
  {
    name: 'radio hangs',
    isOurs: true,
    isMoment: true,
    begin: ether => {
      ether.radio = 'hung'
      leave(ether, reason.SIGNAL_LOST)
    },
  },
  {
    name: 'chip hangs',
    isOurs: true,
    isMoment: true,
    begin: ether => {
      ether.radio = 'dead'
      leave(ether, reason.SIGNAL_LOST)
    },
  },
  { name: 'power cut', isOurs: true, isMoment: true, begin: (_ether, station) => goDark(station) },
  {
    name: 'names unknown',
    isOurs: false,
    begin: ether => {
      ether.names = anyOf(ether, ['none', 'silent'] as const)
    },
    end: ether => {
      ether.names = 'answering'
    },
  },
  {
    name: 'restart without names',
    isOurs: false,
    begin: (ether, station) => {
      ether.names = 'none'
      goDark(station)
    },
    end: ether => {
      ether.names = 'answering'
    },
  },
  {
    name: 'router without internet',
    isOurs: false,
    begin: ether => {
      ether.isWanUp = false
    },
    end: ether => {
      ether.isWanUp = true
    },
  },
  {
    name: 'captive portal',
    isOurs: false,
    begin: ether => {
      ether.isPortal = true
      if (ether.socket) ether.socket.isForgotten = true
    },
    end: ether => {
      ether.isPortal = false
    },
  },
  {
    name: 'gateway killed',
    isOurs: false,
    begin: ether => {
      ether.isRunning = false
      killGateway(ether.gateway)
    },
    end: ether => {
      ether.isRunning = true
    },
  },
  {
    name: 'gateway host gone',
    isOurs: false,
    begin: ether => {
      ether.isHostUp = false
      killGateway(ether.gateway)
    },
    end: ether => {
      ether.isHostUp = true
    },
  },
  {
    name: 'gateway moved',
    isOurs: false,
    isMoment: true,
    begin: (ether, station) => {
      // a number in the configuration cannot move; then it is a restart of the host
      if (station.config.host !== ether.gatewayAddress)
        ether.gatewayAddress = `192.0.2.${1 + randomBelow(ether.random, 250)}`
      killGateway(ether.gateway)
    },
  },
  {
    name: 'half-open connection',
    isOurs: false,
    isMoment: true,
    begin: ether => {
      if (ether.socket) ether.socket.isForgotten = true
    },
  },
  {
    name: 'UDP lost',
    isOurs: false,
    begin: ether => {
      ether.isUdpLost = true
      killGateway(ether.gateway)
    },
    end: ether => {
      ether.isUdpLost = false
    },
  },
  {
    name: 'TCP into the void',
    isOurs: false,
    begin: ether => {
      ether.isTcpLost = true
      if (ether.socket) ether.socket.isForgotten = true
    },
    end: ether => {
      ether.isTcpLost = false
    },
  },
  {
    name: 'another server',
    isOurs: false,
    begin: ether => {
      ether.stranger = anyOf(ether, ['refuses', 'mute'] as const)
      killGateway(ether.gateway)
    },
    end: ether => {
      ether.stranger = 'none'
      // the stranger's connections end with it
      if (ether.socket && !ether.socket.connection) ether.socket.isReset = true
    },
  },
  {
    name: 'slow line',
    isOurs: false,
    begin: ether => {
      ether.latencyMs = 2000 + randomBelow(ether.random, 8000)
    },
    end: ether => {
      ether.latencyMs = 40
    },
  },
]
