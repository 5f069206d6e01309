// One line to the gateway at a time: its address, a probe, the moment to dial, MQTT. On the ESP32 connect() stops the
// interpreter until it succeeds or fails (minutes, into the void), so a small UDP packet asks first whether anybody is there,
// and we dial an address (never a name) right after a telegram. Event in, `ask` and `tell` out (network.ts). When to try again is
// the sender's to say; which kind of network carries it is not known here.

import type { Pieces } from '../shared/kernel/pieces.ts'
import { type Mqtt, type MqttOptions, type MqttTold, mqttClose, mqttReceive, mqttTick, openMqtt } from './mqtt.ts'
import {
  ADDRESS,
  ANSWER,
  type Ask,
  CLOSE,
  CONNECTED,
  DIAL,
  ENDED,
  FAULT,
  type Heard,
  LINK_DOWN,
  LINK_UP,
  LOOK_UP,
  PROBE,
  REACHABLE,
  STALE,
  type Told,
} from './network.ts'
import * as reason from './reasons.ts'

const DIAL_TIMEOUT_MS = 20000
/** Without telegrams there is no quiet moment to wait for. */
const SILENT_PORT_MS = 5000
/** A name is asked again after this, or when the address failed so often in a row; the old address serves meanwhile. */
const ADDRESS_VALID_MS = 3600000
const FAILURES_BEFORE_ASKING = 3
/** So many failures without any sign of life from beyond the radio: is it the radio? */
const FAILURES_BEFORE_REJOINING = 4
const LOOKUP_MS = 30000

const PROBE_MS = 5000
const PROBE_AGAIN_MS = 20000
/** An answer says for so long that somebody is there. */
const PROBE_VALID_MS = 15000
/** After so many without an answer we dial all the same: not every broker has somebody to answer. */
const PROBES_MAX = 3
/** A dial that stood still for longer than this makes the next one rare: from a quarter of an hour to a day. */
const STANDSTILL_MS = 5000
const DISTANCE_MS = 900000
const DISTANCE_MAX_MS = 86400000
/** A network that is lost so soon after a dial began was lost before: the loss is told when connect() has come back. */
const NETWORKS_FAULT_MS = 240000
/** A gateway that used to answer probes and is silent is dialled blindly only after this. */
const SILENCE_MS = 10800000

const OFF = 0
const WANTED = 1
const DIALLING = 2
const OPEN = 3

export interface LinkOptions {
  host: string
  port: number
  ask(what: Ask): void
  send(bytes: string | Pieces): void
  tell(what: Told): void
  /** 12 characters that nobody can foresee. */
  nonce(n: number): string
}

export interface Link {
  options: LinkOptions
  /** OFF: nobody asked. WANTED: waits for network, address, answer and the quiet moment. DIALLING. OPEN. */
  state: number
  isNetworkUp: boolean
  login?: MqttOptions | undefined
  mqtt?: Mqtt | undefined
  telegramMs: number
  dialledMs: number
  /** Not before this, unless a silence ends; and how long the next such time is. */
  dialAtMs: number
  distanceMs: number
  /** Wishes in a row that did not come to a subscription. */
  failures: number
  /** Something beyond the radio has answered since the network came up, a line ended, or this was asked last. */
  hasAnswered: boolean
  address: string
  /** When the name is asked next, or when the answer is given up. */
  askAtMs: number
  isAsking: boolean
  /** The probe on its way, '' = none; how many there were; when the last one went and the last answer came. */
  question: string
  probes: number
  probedMs: number
  answeredMs: number
  /** Probes in a row without an answer. */
  unanswered: number
  /** What MQTT tells. */
  told: (what: MqttTold) => void
  /** This gateway has answered a probe before: its silence means something. */
  isProbed: boolean
}

export function createLink(options: LinkOptions): Link {
  const link: Link = {
    options: options,
    told: what => onMqtt(link, what),
    state: OFF,
    isNetworkUp: false,
    telegramMs: -SILENT_PORT_MS,
    dialledMs: -NETWORKS_FAULT_MS,
    dialAtMs: 0,
    distanceMs: DISTANCE_MS,
    failures: 0,
    hasAnswered: false,
    address: '',
    askAtMs: 0,
    isAsking: false,
    question: '',
    probes: 0,
    probedMs: 0,
    answeredMs: -PROBE_VALID_MS,
    unanswered: 0,
    isProbed: false,
  }
  return link
}

/** Connects as soon as it may; LINK_UP or LINK_DOWN follows. */
export function openLink(link: Link, login: MqttOptions): void {
  link.state = WANTED
  link.login = login
}

/** Ends the connection, or the wish for one; LINK_DOWN is told when there was either. */
export function closeLink(link: Link, code: number, nowMs: number): void {
  const mqtt = link.mqtt
  if (link.state === OFF) return
  if (link.state === DIALLING) keepDistance(link, nowMs)
  if (link.state === OPEN) link.hasAnswered = false
  link.state = OFF
  link.answeredMs = -PROBE_VALID_MS
  link.mqtt = undefined
  if (mqtt) mqttClose(mqtt, nowMs)
  link.options.ask({ kind: CLOSE })
  if (link.isNetworkUp) {
    link.failures++
    if (link.failures % FAILURES_BEFORE_ASKING === 0) link.askAtMs = 0
    if (link.failures % FAILURES_BEFORE_REJOINING === 0) {
      // the loss that follows is our own doing
      link.dialledMs = -NETWORKS_FAULT_MS
      if (!link.hasAnswered) link.options.tell({ kind: STALE })
      link.hasAnswered = false
    }
  }
  link.options.tell({ kind: LINK_DOWN, code: code })
}

/** A dial is over: whoever stood still for long keeps away for long. */
function keepDistance(link: Link, nowMs: number): void {
  if (nowMs - link.dialledMs <= STANDSTILL_MS) return
  link.dialAtMs = nowMs + link.distanceMs
  link.distanceMs = Math.min(2 * link.distanceMs, DISTANCE_MAX_MS)
}

/** The socket is connected. */
export function linkConnected(link: Link, nowMs: number): void {
  if (link.state !== DIALLING) return
  keepDistance(link, nowMs)
  link.state = OPEN
  link.hasAnswered = true
  // somebody is there who answers no probes, or none any more
  if (link.unanswered >= PROBES_MAX) link.isProbed = false
  link.mqtt = openMqtt(link.told, link.options.send, link.login as MqttOptions, nowMs)
}

function onMqtt(link: Link, what: MqttTold): void {
  // it is down already: nothing there needs the time any more
  if (what.kind === LINK_DOWN) closeLink(link, what.code, 0)
  else {
    if (what.kind === LINK_UP) {
      link.failures = 0
      link.unanswered = 0
      link.dialAtMs = 0
      link.distanceMs = DISTANCE_MS
    }
    link.options.tell(what)
  }
}

/** Bytes from the socket. */
export function linkReceive(link: Link, chunk: string, nowMs: number): void {
  if (link.mqtt) mqttReceive(link.mqtt, chunk, nowMs)
}

/** The network came, with or without another address, or went. */
export function linkNetwork(link: Link, isUp: boolean, nowMs: number): void {
  link.isNetworkUp = isUp
  if (isUp) {
    link.hasAnswered = false
    link.askAtMs = 0
    link.options.tell({ kind: REACHABLE })
    return
  }
  // a dial that stood still on a network that was gone says nothing about the gateway
  if (nowMs - link.dialledMs < NETWORKS_FAULT_MS) link.dialAtMs = 0
  if (link.state === DIALLING || link.state === OPEN) closeLink(link, reason.NETWORK_LOST, nowMs)
}

/** null: no such name, or nobody to ask: the address known before serves on. */
export function linkAddress(link: Link, address: string | null, nowMs: number): void {
  link.isAsking = false
  if (address === null) {
    link.options.tell({ kind: FAULT, code: reason.NAME_UNKNOWN })
    return
  }
  link.hasAnswered = true
  link.address = address
  link.askAtMs = nowMs + ADDRESS_VALID_MS
}

function askAddress(link: Link, nowMs: number): void {
  const host = link.options.host
  // digits and dots are an address
  if (!/[a-z]/i.test(host)) link.address = host
  else if (nowMs >= link.askAtMs) {
    if (link.isAsking) link.options.tell({ kind: FAULT, code: reason.DNS_SILENT })
    link.isAsking = true
    link.askAtMs = nowMs + LOOKUP_MS
    link.options.ask({ kind: LOOK_UP, host: host })
  }
}

/** An answer on the probe's socket. */
export function linkAnswer(link: Link, answer: string, nowMs: number): void {
  if (answer !== 'nrt!' + link.question.substr(4)) {
    if (link.question !== '') link.options.tell({ kind: FAULT, code: reason.PROBE_FOREIGN })
    return
  }
  link.question = ''
  link.answeredMs = nowMs
  link.isProbed = true
  link.hasAnswered = true
  if (link.unanswered >= PROBES_MAX) {
    link.dialAtMs = 0
    link.options.tell({ kind: REACHABLE })
  }
  link.unanswered = 0
}

function probe(link: Link, nowMs: number): void {
  const sinceMs = nowMs - link.probedMs
  if (link.question !== '') {
    if (sinceMs <= PROBE_MS) return
    link.question = ''
    link.options.tell({ kind: FAULT, code: reason.PROBE_UNANSWERED })
    if (++link.unanswered === PROBES_MAX && link.isProbed) link.dialAtMs = nowMs + SILENCE_MS
  }
  if (link.unanswered >= PROBES_MAX) {
    if (link.state === WANTED && nowMs < link.dialAtMs) closeLink(link, reason.PROBE_UNANSWERED, nowMs)
    if (sinceMs < PROBE_AGAIN_MS) return
  } else if (link.state !== WANTED || nowMs - link.answeredMs <= PROBE_VALID_MS) return
  link.question = 'nrt?' + link.options.nonce(++link.probes)
  link.probedMs = nowMs
  link.options.ask({ kind: PROBE, host: link.address, port: link.options.port, text: link.question })
}

function dialWhenReady(link: Link, nowMs: number): void {
  if (link.state !== WANTED || !link.isNetworkUp || link.address === '' || nowMs < link.dialAtMs) return
  if (nowMs - link.answeredMs > PROBE_VALID_MS && link.unanswered < PROBES_MAX) return
  link.state = DIALLING
  link.dialledMs = nowMs
  link.options.ask({ kind: DIAL, host: link.address })
}

/** Call when a telegram has just ended: the quietest moment there is. */
export function linkQuietMoment(link: Link, nowMs: number): void {
  link.telegramMs = nowMs
  if (link.state === WANTED) dialWhenReady(link, nowMs)
}

/** Once a second. */
export function linkTick(link: Link, nowMs: number): void {
  if (link.mqtt) mqttTick(link.mqtt, nowMs)
  if (link.isNetworkUp && link.state !== OPEN) linkWay(link, nowMs)
}

/** There is a network and no line: what may be done about that. */
function linkWay(link: Link, nowMs: number): void {
  if (link.state === DIALLING && nowMs - link.dialledMs > DIAL_TIMEOUT_MS) {
    closeLink(link, reason.CONNECT_TIMEOUT, nowMs)
  }
  askAddress(link, nowMs)
  if (link.address !== '') probe(link, nowMs)
  if (nowMs - link.telegramMs > SILENT_PORT_MS) dialWhenReady(link, nowMs)
}

/** What is heard from beyond the network, but for bytes of a connection. */
export function linkHear(link: Link, what: Heard, nowMs: number): void {
  if (what.kind === ANSWER) linkAnswer(link, what.text, nowMs)
  else if (what.kind === CONNECTED) linkConnected(link, nowMs)
  else if (what.kind === ADDRESS) linkAddress(link, what.host, nowMs)
  else if (what.kind === ENDED) closeLink(link, what.code, nowMs)
}
