// When the dongle asks, dials and keeps away: the link on a hand-made wire, with time as an argument.

import { beforeEach, describe, expect, test } from 'vitest'
import {
  closeLink,
  createLink,
  type Link,
  linkAddress,
  linkAnswer,
  linkConnected,
  linkNetwork,
  linkQuietMoment,
  linkReceive,
  linkTick,
  openLink,
} from '../../../firmware/link.ts'
import { type Mqtt, mqttPublish } from '../../../firmware/mqtt.ts'
import { DIAL, LOOK_UP, PROBE } from '../../../firmware/network.ts'
import * as reason from '../../../firmware/reasons.ts'
import { inText, inWords } from '../../support/told.ts'

const SECOND = 1000
/** Link.state: nobody asked. */
const OFF = 0
const MINUTE = 60_000
const login = { clientId: 'D', username: 'D', password: '1.1.mac', subscribe: 'down', keepAliveS: 60 }
const ACCEPTED = '\x20\x02\x00\x00\x90\x03\x00\x01\x00'

let nowMs = 0
let log: string[] = []
let written: string[] = []
/** What the wire does while dial() blocks. */
let onDial: (link: Link) => void = () => {}
/** Does somebody answer probes. */
let answers = true

function aLink(host = '10.0.0.9'): Link {
  const link: Link = createLink({
    host,
    port: 1883,
    ask: what => {
      if (what.kind === LOOK_UP) log.push(`ask ${what.host}`)
      else if (what.kind === PROBE) {
        log.push(`probe ${what.host}:${what.port}`)
        if (answers) linkAnswer(link, `nrt!${what.text.slice(4)}`, nowMs)
      } else if (what.kind === DIAL) {
        log.push(`dial ${what.host}`)
        onDial(link)
      }
    },
    send: bytes => written.push(inText(bytes)),
    tell: what => log.push(inWords(what)),
    nonce: n => `nonce${n}`.padEnd(12, '.'),
  })
  linkNetwork(link, true, nowMs)
  log = []
  return link
}

/** Seconds go by, a telegram ends in each; what happened is the log. */
function seconds(link: Link, count: number, hasTelegrams = true): void {
  for (let i = 0; i < count; i++) {
    nowMs += SECOND
    linkTick(link, nowMs)
    if (hasTelegrams) linkQuietMoment(link, nowMs)
  }
}

const dialsIn = (): number => log.filter(line => line.startsWith('dial')).length

beforeEach(() => {
  nowMs = 100_000
  log = []
  written = []
  answers = true
  onDial = () => {}
})

describe('asking before dialling', () => {
  test('dials in the quiet moment after somebody has answered', () => {
    const link = aLink()
    linkQuietMoment(link, nowMs)
    openLink(link, login)
    nowMs += SECOND
    linkTick(link, nowMs)
    expect(log).toEqual(['probe 10.0.0.9:1883'])
    linkQuietMoment(link, nowMs)
    expect(log.at(-1)).toBe('dial 10.0.0.9')
  })

  test('does not wait for telegrams when the port is silent, and asks nothing when nobody wants a line', () => {
    const link = aLink()
    seconds(link, 60, false)
    expect(log).toEqual([])
    openLink(link, login)
    seconds(link, 2, false)
    expect(log).toEqual(['probe 10.0.0.9:1883', 'dial 10.0.0.9'])
  })

  test('three questions without an answer: dials all the same, since not every broker has somebody to answer', () => {
    const link = aLink()
    answers = false
    openLink(link, login)
    seconds(link, 25)
    expect(log.filter(line => line.startsWith('probe')).length).toBeGreaterThanOrEqual(3)
    expect(log.filter(line => line === `fault ${reason.PROBE_UNANSWERED}`)).toHaveLength(3)
    expect(dialsIn()).toBe(1)
  })

  test('a gateway that used to answer and is silent is not dialled; it fails fast, asks on, and says when it is back', () => {
    const link = aLink()
    openLink(link, login)
    seconds(link, 1)
    linkReceive(link, '', nowMs)
    linkConnected(link, nowMs)
    linkReceive(link, ACCEPTED, nowMs)
    answers = false
    closeLink(link, reason.CLOSED_BY_PEER, nowMs)
    openLink(link, login)
    log = []
    seconds(link, 60)
    expect(log).toContain(`down ${reason.PROBE_UNANSWERED}`)
    expect([dialsIn(), link.state]).toEqual([0, OFF])
    answers = true
    log = []
    seconds(link, 21)
    expect(log).toContain('reachable')
    openLink(link, login)
    seconds(link, 2)
    expect(dialsIn()).toBe(1)
  })

  test('an answer to another question, a late one and one from a portal are no answer', () => {
    const link = aLink()
    answers = false
    openLink(link, login)
    seconds(link, 1)
    linkAnswer(link, 'nrt!nonce9......', nowMs)
    linkAnswer(link, 'HTTP/1.1 200 OK', nowMs)
    expect(log.slice(1)).toEqual([`fault ${reason.PROBE_FOREIGN}`, `fault ${reason.PROBE_FOREIGN}`])
    const question = link.question
    seconds(link, 7)
    log = []
    linkAnswer(link, `nrt!${question.slice(4)}`, nowMs)
    expect(link.unanswered).toBe(1)
    expect(dialsIn()).toBe(0)
  })
})

describe('a host that lets connect() stand still', () => {
  test('is dialled again only after a quarter of an hour, then half an hour, and so on to a day: 0.3 % of the worst month', () => {
    const link = aLink()
    answers = false
    let stoodS = 0
    let dials = 0
    onDial = dialled => {
      nowMs += 189 * SECOND
      stoodS += 189
      dials++
      closeLink(dialled, reason.NOT_CONNECTED, nowMs)
    }
    const start = nowMs
    while (nowMs - start < 30 * 24 * 60 * MINUTE) {
      if (link.state === OFF) openLink(link, login)
      seconds(link, 10)
    }
    expect(dials).toBeGreaterThan(20)
    // a whole month without a gateway that ever answered: the worst there is
    expect(stoodS / (30 * 24 * 3600)).toBeLessThan(0.003)
  })

  test('one that answers probes ends the distance as soon as it speaks again', () => {
    const link = aLink()
    onDial = dialled => {
      nowMs += 189 * SECOND
      closeLink(dialled, reason.NOT_CONNECTED, nowMs)
    }
    openLink(link, login)
    seconds(link, 2)
    expect(link.dialAtMs - nowMs).toBeGreaterThan(14 * MINUTE)
    answers = false
    openLink(link, login)
    seconds(link, 60)
    answers = true
    seconds(link, 25)
    expect(link.dialAtMs).toBe(0)
  })

  test('a quick refusal keeps no distance of its own: the sender waits, and that is enough', () => {
    const link = aLink()
    onDial = dialled => closeLink(dialled, reason.NOT_CONNECTED, nowMs)
    for (let i = 0; i < 5; i++) {
      openLink(link, login)
      seconds(link, 2)
    }
    expect(dialsIn()).toBe(5)
  })
})

describe('the line', () => {
  function goUp(link: Link): void {
    openLink(link, login)
    seconds(link, 1)
    linkConnected(link, nowMs)
    linkReceive(link, ACCEPTED, nowMs)
  }

  test('goes up, carries messages both ways, and tells when it is gone, once', () => {
    const link = aLink()
    goUp(link)
    expect(mqttPublish(link.mqtt as Mqtt, 'up', 'payload', 7, nowMs)).toBe(true)
    expect(written.at(-1)).toContain('payload')
    linkReceive(link, '\x30\x08\x00\x04downab', nowMs)
    log = log.filter(line => !line.startsWith('probe'))
    closeLink(link, reason.SOCKET_ERROR, nowMs)
    closeLink(link, reason.CLOSED_BY_PEER, nowMs)
    expect(log).toEqual(['dial 10.0.0.9', 'up', 'message ab', `down ${reason.SOCKET_ERROR}`])
    expect(link.mqtt).toBeUndefined()
  })

  test('says goodbye when it is closed from here', () => {
    const link = aLink()
    goUp(link)
    closeLink(link, reason.NO_ACKS, nowMs)
    expect(written.at(-1)).toBe('\xe0\x00')
  })

  test('a captive portal that answers 200 is named', () => {
    const link = aLink()
    openLink(link, login)
    seconds(link, 1)
    linkConnected(link, nowMs)
    linkReceive(link, 'H', nowMs)
    expect(log.at(-1)).toBe(`down ${reason.NOT_MQTT}`)
  })

  test('a dial that hangs is given up, and a late connect of it does nothing', () => {
    const link = aLink()
    openLink(link, login)
    seconds(link, 1)
    expect(log.at(-1)).toBe('dial 10.0.0.9')
    seconds(link, 21)
    expect(log.at(-1)).toBe(`down ${reason.CONNECT_TIMEOUT}`)
    linkConnected(link, nowMs)
    expect(written).toEqual([])
  })

  test('waits for a network, and goes down with it', () => {
    const link = aLink()
    linkNetwork(link, false, nowMs)
    openLink(link, login)
    seconds(link, 60)
    expect(log).toEqual([])
    linkNetwork(link, true, nowMs)
    expect(log).toEqual(['reachable'])
    seconds(link, 1)
    linkConnected(link, nowMs)
    linkReceive(link, ACCEPTED, nowMs)
    linkNetwork(link, false, nowMs)
    expect(log.at(-1)).toBe(`down ${reason.NETWORK_LOST}`)
  })

  test('half open: silence for keep-alive and time-out ends it', () => {
    const link = aLink()
    goUp(link)
    seconds(link, 46)
    expect(log.at(-1)).toBe('up')
    seconds(link, 2)
    expect(log.at(-1)).toBe(`down ${reason.NO_PINGRESP}`)
  })
})

describe('names', () => {
  test('are asked once an hour; an address is not asked', () => {
    const link = aLink('gw.example')
    linkTick(link, nowMs)
    linkAddress(link, '10.0.0.1', nowMs)
    seconds(link, 3599)
    expect(log).toEqual(['ask gw.example'])
    seconds(link, 1)
    expect(log).toHaveLength(2)
  })

  test('a name server that is silent or knows nothing: the address known before serves, and the reason is counted', () => {
    const link = aLink('gw.example')
    linkTick(link, nowMs)
    linkAddress(link, '10.0.0.1', nowMs)
    seconds(link, 3601)
    linkAddress(link, null, nowMs)
    seconds(link, 31)
    seconds(link, 31)
    expect(log).toContain(`fault ${reason.NAME_UNKNOWN}`)
    expect(log).toContain(`fault ${reason.DNS_SILENT}`)
    openLink(link, login)
    seconds(link, 2)
    expect(log.at(-1)).toBe('dial 10.0.0.1')
  })

  test('three failures in a row ask anew: the gateway may have moved', () => {
    const link = aLink('gw.example')
    linkTick(link, nowMs)
    linkAddress(link, '10.0.0.1', nowMs)
    onDial = dialled => closeLink(dialled, reason.NOT_CONNECTED, nowMs)
    log = []
    for (let i = 0; i < 3; i++) {
      expect(log).not.toContain('ask gw.example')
      openLink(link, login)
      seconds(link, 2)
    }
    seconds(link, 1)
    expect(log).toContain('ask gw.example')
  })

  test('only when nothing at all has answered is the network doubted', () => {
    function sixFailures(link: Link): void {
      for (let i = 0; i < 6; i++) {
        openLink(link, login)
        seconds(link, 60)
        if (link.state !== OFF) closeLink(link, reason.LINK_TIMEOUT, nowMs)
      }
    }
    answers = false
    const named = aLink('gw.example')
    linkTick(named, nowMs)
    linkAddress(named, '10.0.0.1', nowMs)
    sixFailures(named)
    expect(log).not.toContain('stale')
    const silent = aLink('gw.example')
    sixFailures(silent)
    expect(log.filter(line => line === 'stale')).toHaveLength(1)
  })
})
