// The arguments of each call on the link between gateway and backend, as a tuple. A gateway of another version may send what this one
// does not know: that is said by name, and nothing of it is done.

import Type, { type TSchema } from 'typebox'
import { CLONE_SIGNS } from '../port/dongle-directory.ts'
import { COMMAND_OUTCOMES } from '../session/messages.ts'
import { REPORT_BYTES_MAX } from '../session/messages-up.ts'
import { CHUNK_BYTES_MAX } from '../update/messages.ts'
import { UPDATE_CODES, UPDATE_STATES } from '../update/states.ts'

const Uint32 = Type.Integer({ minimum: 0, maximum: 4294967295 })
const Count = Type.Optional(Uint32)
const Whole = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const DongleId = Type.String({ minLength: 13, maxLength: 13 })
const Word = (words: readonly string[]) => Type.String({ enum: [...words] })
const Text = Type.Optional(Type.String({ maxLength: 64 }))
const Bytes = (most: number) =>
  Type.Refine(Type.Unsafe<Uint8Array>({}), value => value instanceof Uint8Array && value.length <= most)

const Status = Type.Object({
  dongleId: DongleId,
  boot: Uint32,
  receivedAtMs: Whole,
  firmware: Text,
  uptimeS: Count,
  resetReason: Text,
  rssiDbm: Type.Optional(Type.Integer({ minimum: -255, maximum: 255 })),
  meter: Count,
  meterSerial: Text,
  meterVersion: Text,
  telegramsOk: Count,
  telegramsBad: Count,
  ringRecords: Count,
  ringBytes: Count,
  ringCapacityBytes: Count,
  readingsLost: Count,
  freeVariables: Count,
  intervalS: Count,
  p1Trouble: Text,
  linkReasons: Text,
})

const Result = Type.Object({
  number: Whole,
  outcome: Word(COMMAND_OUTCOMES),
  report: Type.Optional(Bytes(REPORT_BYTES_MAX)),
})

const Report = Type.Object({
  number: Whole,
  state: Word(UPDATE_STATES),
  code: Word(UPDATE_CODES),
  running: Uint32,
  loaded: Uint32,
  floor: Uint32,
})

/** By the name of the call, which is its path. `store` and `bury` carry parcels instead, `commands` nothing. */
export const LINK_ARGUMENTS = {
  pulse: Type.Tuple([Type.Object({ version: Type.Integer(), program: Type.String({ maxLength: 64 }) })]),
  credentials: Type.Tuple([DongleId]),
  advance: Type.Tuple([DongleId, Type.Object({ boot: Uint32, session: Uint32 })]),
  heard: Type.Tuple([DongleId, Type.Integer({ minimum: 1, maximum: 255 })]),
  revokedSince: Type.Tuple([Type.Integer()]),
  suspect: Type.Tuple([DongleId, Word(CLONE_SIGNS)]),
  note: Type.Tuple([Status]),
  nextOrder: Type.Tuple([DongleId]),
  answered: Type.Tuple([DongleId, Result]),
  nextUpdate: Type.Tuple([DongleId, Type.Integer({ minimum: 1, maximum: 255 })]),
  readChunk: Type.Tuple([DongleId, Whole, Whole, Type.Integer({ minimum: 0, maximum: CHUNK_BYTES_MAX })]),
  noteUpdate: Type.Tuple([DongleId, Report]),
} satisfies { [call: string]: TSchema }

export type LinkCall = keyof typeof LINK_ARGUMENTS

/** Whoever has it is a gateway of ours, and reads keys of dongles: longer than what people choose. */
export const LinkKeyText = Type.String({
  pattern: '^[!-~]{32,200}$',
  description: '32 to 200 printable characters without spaces, as of openssl rand -base64 32',
})
