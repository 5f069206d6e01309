// The arguments of each call on the link between gateway and backend, as a tuple. A gateway of another version may send what this one
// does not know: that is said by name, and nothing of it is done.

import Type, { type TSchema } from 'typebox'
import { CLONE_SIGNS } from '../port/dongle-directory.ts'
import { CHUNK_BYTES_MAX } from '../update/messages.ts'
import { RESULT_FIELDS, STATUS_FIELDS, Uint32, UPDATE_FIELDS, Whole } from './up-message.ts'

const DongleId = Type.String({ minLength: 13, maxLength: 13 })
const Word = (words: readonly string[]) => Type.String({ enum: [...words] })

const Status = Type.Object({ dongleId: DongleId, receivedAtMs: Whole, ...STATUS_FIELDS })
const Result = Type.Object(RESULT_FIELDS)
const Report = Type.Object(UPDATE_FIELDS)

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
