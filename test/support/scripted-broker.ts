// A broker made by hand for the dongle's MQTT client, in memory and without a clock: it does what the standard says until a test
// tells it to misbehave. Bytes go to the client in pieces of any size.

import { generate, type Packet, parser } from 'mqtt-packet'
import {
  type Mqtt,
  type MqttOptions,
  type MqttTold,
  mqttPublish,
  mqttReceive,
  mqttTick,
  openMqtt,
} from '../../firmware/mqtt.ts'
import type { Pieces } from '../../shared/kernel/pieces.ts'
import { inText, inWords } from './told.ts'

/** Return undefined for the standard's answer, or bytes to say instead ('' = nothing). */
export type Script = (packet: Packet) => string | undefined

export interface ScriptedBroker {
  mqtt: Mqtt
  /** What the client sent, understood. */
  received: Packet[]
  /** What the client told its owner: 'up', 'message …', 'down code'. */
  told: string[]
  nowMs: number
  /** Bytes to the client. */
  say(bytes: string | Packet): void
  publish(payload: string): boolean
  /** Seconds go by; the client ticks in each. */
  wait(seconds: number): void
}

function standardAnswer(packet: Packet): string {
  const bytes = (answer: Packet): string => generate(answer).toString('latin1')
  if (packet.cmd === 'connect') return bytes({ cmd: 'connack', returnCode: 0, sessionPresent: false })
  if (packet.cmd === 'subscribe') {
    return bytes({ cmd: 'suback', messageId: packet.messageId ?? 0, granted: packet.subscriptions.map(one => one.qos) })
  }
  if (packet.cmd === 'publish')
    return packet.qos === 0 ? '' : bytes({ cmd: 'puback', messageId: packet.messageId ?? 0 })
  return packet.cmd === 'pingreq' ? bytes({ cmd: 'pingresp' }) : ''
}

export const LOGIN: MqttOptions = {
  clientId: 'D',
  username: 'D',
  password: '1.1.ab',
  subscribe: 'nrt/1/D/down',
  keepAliveS: 60,
}

/** Connects a client at once. `pieceBytes`: how much reaches the client at a time. */
export function scriptedBroker(script: Script = () => undefined, pieceBytes = 65_536): ScriptedBroker {
  const reader = parser()
  const toClient: string[] = []
  const tell = (what: MqttTold): unknown => broker.told.push(inWords(what))
  const send = (bytes: string | Pieces): unknown => reader.parse(Buffer.from(inText(bytes), 'latin1'))
  const received: Packet[] = []
  reader.on('packet', packet => {
    received.push(packet)
    toClient.push(script(packet) ?? standardAnswer(packet))
  })
  /** Only after the client has finished what it was doing, as a socket would. */
  function deliver(): void {
    for (let bytes = toClient.shift(); bytes !== undefined; bytes = toClient.shift()) {
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        mqttReceive(broker.mqtt, bytes.slice(at, at + pieceBytes), broker.nowMs)
      }
    }
  }
  const broker: ScriptedBroker = {
    mqtt: undefined as never,
    received,
    told: [],
    nowMs: 0,
    say: bytes => {
      toClient.push(typeof bytes === 'string' ? bytes : generate(bytes).toString('latin1'))
      deliver()
    },
    publish: payload => {
      const isSent = mqttPublish(broker.mqtt, 'nrt/1/D/up', payload, payload.length, broker.nowMs)
      deliver()
      return isSent
    },
    wait: seconds => {
      for (let i = 0; i < seconds; i++) {
        broker.nowMs += 1000
        mqttTick(broker.mqtt, broker.nowMs)
        deliver()
      }
    },
  }
  broker.mqtt = openMqtt(tell, send, LOGIN, 0)
  deliver()
  return broker
}
