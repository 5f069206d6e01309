// What an operator may ask of a dongle, in words, and what that is on the wire (docs/protocol-session.md). Pure: what has to be looked up,
// such as the chance of a key rotation, is given.

import {
  createWriter,
  writeArrayHead,
  writeBytes,
  writeMapHead,
  writeText,
  writeUint,
  writtenBytes,
} from '../../shared/batch/cbor.ts'
import { asciiBytes } from '../../shared/envelope/crypto.ts'
import { FIELD_NAMES } from '../../shared/reading/fields.ts'
import type { Wish } from '../../shared/schema/dongle.ts'
import type { Command } from '../../shared/session/messages.ts'

export type WireWish = Omit<Command, 'number'>

/** `rotation`: the next epoch and 32 random bytes; looked at for a rotation only. */
export function onTheWire(wish: Wish, rotation: Uint8Array): WireWish {
  switch (wish.name) {
    case 'interval':
      return { name: 'configure', argument: numbers([[4, wish.seconds]]) }
    case 'fields':
      return { name: 'configure', argument: numbers([[6, maskOf(wish.fields)]]) }
    case 'stop':
      return { name: 'configure', argument: numbers([[7, 1]]) }
    case 'resume':
      return { name: 'configure', argument: numbers([[7, 0]]) }
    case 'network':
      return { name: 'configure', argument: networkArgument(wish) }
    case 'diagnose':
      return { name: 'diagnose' }
    case 'restart':
      return { name: 'reboot' }
    case 'rotate-key':
      return { name: 'rotate', argument: rotation }
    case 'wipe':
      return { name: 'wipe' }
    case 'console':
      return { name: 'console', seconds: wish.seconds }
  }
}

/** Asked too late these do harm or nothing; all others stay asked once they were sent, since the dongle may have begun. */
export function canBeLate(wish: Wish['name']): boolean {
  return wish !== 'console' && wish !== 'diagnose' && wish !== 'restart'
}

/** A bit per field; 0, all of them, for an empty list. */
function maskOf(fields: readonly string[]): number {
  return fields.reduce((mask, name) => mask | (1 << FIELD_NAMES.indexOf(name as (typeof FIELD_NAMES)[number])), 0)
}

function numbers(pairs: [key: number, value: number][]): Uint8Array {
  const writer = createWriter(64)
  writeMapHead(writer, pairs.length)
  for (const [key, value] of pairs) {
    writeUint(writer, key)
    writeUint(writer, value)
  }
  return writtenBytes(writer)
}

// Only what is to change: a map with some of the keys 0 host, 1 port, 2 TLS, 3 networks.
function networkArgument({ host, port, isTls, networks }: Extract<Wish, { name: 'network' }>): Uint8Array {
  const writer = createWriter(512)
  writeMapHead(writer, [host, port, isTls, networks].filter(value => value !== undefined).length)
  if (host !== undefined) {
    writeUint(writer, 0)
    writeText(writer, host)
  }
  if (port !== undefined) {
    writeUint(writer, 1)
    writeUint(writer, port)
  }
  if (isTls !== undefined) {
    writeUint(writer, 2)
    writeUint(writer, isTls ? 1 : 0)
  }
  if (networks !== undefined) {
    writeUint(writer, 3)
    writeArrayHead(writer, networks.length)
    for (const { ssid, password } of networks) {
      writeArrayHead(writer, 2)
      writeBytes(writer, bytesOf(ssid))
      writeBytes(writer, bytesOf(password))
    }
  }
  return writtenBytes(writer)
}

/** The radio wants bytes; people write UTF-8. */
function bytesOf(text: string): Uint8Array {
  return asciiBytes(Buffer.from(text, 'utf8').toString('latin1'))
}
