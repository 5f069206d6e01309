// One connection to the gateway at a time: the engine's socket, MQTT on it, and the moment to dial. On the ESP32 connect()
// stops the interpreter until it succeeds or fails, so we dial an address (never a name) and only in the quiet moment after
// a telegram. When to try again is the sender's to say; what the messages mean too.

import type { EngineNet, EngineSocket } from './engine.ts'
import { type Mqtt, type MqttOptions, mqttClose, mqttPublish, mqttReceive, mqttTick, openMqtt } from './mqtt.ts'
import type { Network } from './wifi.ts'

const DIAL_TIMEOUT_MS = 20000
/** Without telegrams there is no quiet moment to wait for. */
const SILENT_PORT_MS = 5000
/** Time for the last bytes of a connection. */
const GOODBYE_MS = 2000
/** After so many failures in a row the gateway's name is asked again: it may have moved. */
const FAILURES_BEFORE_ASKING = 3

export interface LinkOptions {
  host: string
  port: number
  topicUp: string
  network: Network
  net: EngineNet
  nowMs(): number
}

export interface LinkPort {
  up(): void
  message(payload: string): void
  /** The connection is gone, was refused or could not be made. Once per dial. */
  down(reason: string): void
}

export interface Link {
  options: LinkOptions
  port: LinkPort
  /** off: nobody asked. wanted: waits for network, address and the quiet moment. */
  state: 'off' | 'wanted' | 'dialling' | 'open'
  login: MqttOptions | undefined
  socket: EngineSocket | undefined
  mqtt: Mqtt | undefined
  dialledMs: number
  /** Dials in a row that did not get through. */
  failures: number
  /** When the last telegram ended. */
  telegramMs: number
}

export function createLink(options: LinkOptions, port: LinkPort): Link {
  return {
    options: options,
    port: port,
    state: 'off',
    login: undefined,
    socket: undefined,
    mqtt: undefined,
    dialledMs: 0,
    failures: 0,
    telegramMs: -SILENT_PORT_MS,
  }
}

/** Connects at the next quiet moment; `port.up` or `port.down` follows. */
export function openLink(link: Link, login: MqttOptions): void {
  if (link.state !== 'off') closeLink(link, 'opened again')
  link.state = 'wanted'
  link.login = login
}

/** Ends the connection, or the wish for one; `port.down` is called when there was either. */
export function closeLink(link: Link, reason: string): void {
  if (link.state === 'off') return
  const socket = link.socket
  const mqtt = link.mqtt
  const isFailure = link.state === 'dialling'
  if (isFailure) link.failures++
  link.state = 'off'
  link.mqtt = undefined
  link.socket = undefined
  if (isFailure && link.failures % FAILURES_BEFORE_ASKING === 0) link.options.network.forgetAddress()
  if (mqtt) mqttClose(mqtt, link.options.nowMs())
  if (socket) closeSocket(socket)
  link.port.down(reason)
}

/** The engine throws when the other side has closed already; the 'close' event says so too, and ends the link. */
function writeTo(socket: EngineSocket, data: string): void {
  try {
    socket.write(data)
  } catch (_error) {
    // see above
  }
}

/** The engine's end() waits until everything is sent, on a dead line for ever; its idle loop also looks at this flag (socketserver.c). */
function closeSocket(socket: EngineSocket): void {
  try {
    socket.end()
  } catch (_error) {
    return // closed already
  }
  setTimeout(() => {
    socket.clsNow = true
  }, GOODBYE_MS)
}

function onConnect(link: Link, socket: EngineSocket, login: MqttOptions): void {
  link.state = 'open'
  link.failures = 0
  link.mqtt = openMqtt(
    {
      send: data => writeTo(socket, data),
      up: () => link.port.up(),
      message: (_topic, payload) => link.port.message(payload),
      down: reason => closeLink(link, reason),
    },
    login,
    link.options.nowMs(),
  )
}

function dial(link: Link, address: string, login: MqttOptions): void {
  link.state = 'dialling'
  link.dialledMs = link.options.nowMs()
  try {
    const socket = link.options.net.connect({ host: address, port: link.options.port }, () => {
      if (link.socket === socket && link.state === 'dialling') onConnect(link, socket, login)
    })
    link.socket = socket
    socket.on('data', chunk => {
      if (link.socket === socket && link.mqtt) mqttReceive(link.mqtt, chunk, link.options.nowMs())
    })
    socket.on('error', error => {
      if (link.socket === socket) closeLink(link, 'socket error ' + error.code)
    })
    socket.on('close', () => {
      if (link.socket === socket) closeLink(link, 'closed by the other side')
    })
  } catch (_error) {
    closeLink(link, 'no socket')
  }
}

function dialWhenReady(link: Link): void {
  const network = link.options.network
  if (link.state !== 'wanted' || link.login === undefined || !network.isJoined()) return
  const address = network.addressOf(link.options.host, link.options.nowMs())
  if (address !== undefined) dial(link, address, link.login)
}

/** Call when a telegram has just ended: the quietest moment there is. */
export function linkQuietMoment(link: Link): void {
  link.telegramMs = link.options.nowMs()
  dialWhenReady(link)
}

/** Once a second. */
export function linkTick(link: Link): void {
  const nowMs = link.options.nowMs()
  const network = link.options.network
  network.tick(nowMs)
  if (link.mqtt) mqttTick(link.mqtt, nowMs)
  if ((link.state === 'dialling' || link.state === 'open') && !network.isJoined()) closeLink(link, 'network lost')
  if (link.state === 'dialling' && nowMs - link.dialledMs > DIAL_TIMEOUT_MS) closeLink(link, 'timeout')
  if (nowMs - link.telegramMs > SILENT_PORT_MS) dialWhenReady(link)
}

/** False when it could not be sent; the sender's own time-out brings it again. */
export function linkPublish(link: Link, payload: string): boolean {
  return link.mqtt !== undefined && mqttPublish(link.mqtt, link.options.topicUp, payload, link.options.nowMs())
}
