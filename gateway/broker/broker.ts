// What the gateway needs of a broker, embedded or external. Types only: who speaks MQTT, and where the sockets are, is
// known behind this door alone.

import type { StreamMessage } from '../../shared/port/stream-port.ts'
import type { Refusal } from '../refusal.ts'

/** The way back to one dongle. One object per connection (embedded) or per dongle (external). */
export interface Link {
  /** Many dongles come through one pipe (an external broker): none of them can be kept waiting alone, and none has a CONNECT here. */
  readonly isShared: boolean
  readonly dongleId: string
  /** Puts sealed bytes on the dongle's down topic. False when they went nowhere: gone, not subscribed, or not reading. */
  send(bytes: Uint8Array): boolean
  /** Ends the dongle's connection if this process holds it. */
  close(): void
}

/** What a broker tells the gateway. */
export interface BrokerEvents {
  /** A CONNECT whose client id is a dongle id. Answers why not, or undefined to let it in. Embedded only: an external broker decides itself. */
  connect(link: Link, password: string): Promise<Refusal | undefined>
  /** Bytes from the dongle's up topic, in order. A promise means: read no more from this dongle until it resolves. */
  message(link: Link, bytes: Uint8Array): Promise<void> | undefined
  closed(link: Link): void
  refused(reason: Refusal): void
}

export interface Broker {
  /** Where dongles connect; undefined when the broker is somebody else's process. */
  readonly port: number | undefined
  readonly tlsPort: number | undefined
  /** Where readers of streams show a certificate; embedded only. */
  readonly streamTlsPort?: number | undefined
  isReady(): boolean
  /** Authenticated connections. */
  connections(): number
  /** Connections that have not proven who they are. */
  strangers(): number
  /** TLS clients that wait for the turn of their handshake; embedded only. */
  hellosWaiting?(): number
  /** Whether this gateway can do its work. Where others share the messages, one that cannot leaves them all to the others. */
  serve?(isAble: boolean): void
  /** From this process to guests that read the topic; to how many it is on its way. Embedded only. */
  tell?(message: StreamMessage): number
  /** No new connections and no new messages; the ones that are open can still be answered. */
  stopAccepting(): Promise<void>
  close(): Promise<void>
}
