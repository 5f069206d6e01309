// A dongle's sender and a gateway's receiver on one table: real crypto, real ring on NOR flash, no network between them.

import { nodeCrypto } from '../../gateway/node-crypto.ts'
import { deriveKeys } from '../../shared/envelope/keys.ts'
import { dongleIdFrom } from '../../shared/kernel/ids.ts'
import { joined } from '../../shared/kernel/pieces.ts'
import { checkConnect } from '../../shared/session/connect.ts'
import { openReceiver, type Receiver, receive, sealChallenge, type UpMessage } from '../../shared/session/receiver.ts'
import { appendRecord, openRing, type Ring } from '../../shared/session/ring.ts'
import {
  createSender,
  opened,
  type Sender,
  type SenderEffect,
  type SenderEvent,
  sealed,
  stepSender,
} from '../../shared/session/sender.ts'
import { createNor } from './nor.ts'

export const DONGLE_ID = dongleIdFrom([31, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
export const DEVICE_KEY = new Uint8Array(32).map((_, i) => i * 3)
export const KEYS = deriveKeys(nodeCrypto, DEVICE_KEY, 1)
export const NOW_S = 1_767_225_600

export type EffectOf<K extends SenderEffect['kind']> = Extract<SenderEffect, { kind: K }>

export function effectsOf<K extends SenderEffect['kind']>(effects: SenderEffect[], kind: K): EffectOf<K>[] {
  return effects.filter((effect): effect is EffectOf<K> => effect.kind === kind)
}

export interface Conversation {
  ring: Ring
  sender: Sender
  receiver: Receiver
  nowMs: number
  nextSeq: number
  /** Gives the sender an event at this moment. */
  tell(event: { kind: SenderEvent['kind']; bytes?: Uint8Array; status?: object }): SenderEffect[]
  /** Ticks until the sender connects; gives a receiver for that connection. */
  connect(): void
  /** The link goes, and the sender comes again. */
  reconnect(): void
  /** link-up, hello, challenge: gives the effects of the challenge. */
  greet(intervalS?: number): SenderEffect[]
  /** Opens what the sender published. */
  /** Published messages as they go onto the wire. */
  published(effects: SenderEffect[]): Uint8Array[]
  opened(effects: SenderEffect[]): UpMessage[]
  /** Appends a batch of any bytes to the ring. */
  keep(length?: number): number
}

export function freshIv(): Uint8Array {
  return new Uint8Array(16).map((_, i) => (i * 41 + 5) & 255)
}

/** With what each look that was asked for found. */
function allOf(sender: Sender, effects: SenderEffect[]): SenderEffect[] {
  return effects.flatMap(effect => (effect.kind === 'look' ? allOf(sender, stepSender(sender, effect)) : [effect]))
}

export function converse(boot = 1): Conversation {
  const ring = openRing(createNor(16), [])
  const seedPool = new Uint8Array(64).fill(9)
  const conversation: Conversation = {
    ring,
    sender: createSender({
      crypto: nodeCrypto,
      dongleId: DONGLE_ID,
      keys: KEYS,
      seedPool,
      boot,
      firmware: '0.1.0',
      ring,
      intervalS: 10,
    }),
    receiver: openReceiver({ crypto: nodeCrypto, dongleId: DONGLE_ID, keys: KEYS, mark: { boot, session: 0 } }),
    nowMs: 0,
    nextSeq: 0,
    tell(event) {
      const { nowMs, sender } = conversation
      const plain = event.bytes && opened(sender.setup, event.bytes)
      return allOf(sender, stepSender(sender, { ...event, plain, nowMs } as SenderEvent))
    },
    connect() {
      for (let i = 0; i < 1_000_000; i++) {
        const connects = effectsOf(conversation.tell({ kind: 'tick' }), 'connect')
        if (connects.length > 0) {
          const mark = checkConnect(nodeCrypto, KEYS, DONGLE_ID, connects[0]!.password)
          if (!mark.ok) throw new Error(mark.fault.code)
          conversation.receiver = openReceiver({
            crypto: nodeCrypto,
            dongleId: DONGLE_ID,
            keys: KEYS,
            mark: mark.value,
          })
          return
        }
        conversation.nowMs += 1000
      }
      throw new Error('never connects')
    },
    reconnect() {
      conversation.tell({ kind: 'link-down' })
      conversation.connect()
    },
    greet(intervalS = 10) {
      const [hello] = conversation.opened(conversation.tell({ kind: 'link-up' }))
      if (hello?.kind !== 'hello') throw new Error('no hello')
      const random = new Uint8Array([1, 2, 3, 4])
      const bytes = sealChallenge(conversation.receiver, hello, { timeS: NOW_S, intervalS, random, iv: freshIv() })
      return conversation.tell({ kind: 'message-came', bytes })
    },
    published(effects) {
      return effectsOf(effects, 'publish').map(({ name, plain, bytes }) =>
        joined(sealed(conversation.sender.setup, name, plain, bytes).pieces),
      )
    },
    opened(effects) {
      return conversation.published(effects).map(bytes => {
        const message = receive(conversation.receiver, bytes, NOW_S)
        if (!message.ok) throw new Error(message.fault.code)
        return message.value
      })
    },
    keep(length = 50) {
      const firstSeq = conversation.nextSeq++
      const kept = appendRecord(ring, { boot, firstSeq, span: 1 }, new Uint8Array(length).fill(firstSeq & 255))
      if (!kept.ok) throw new Error(kept.fault.code)
      return firstSeq
    },
  }
  return conversation
}
