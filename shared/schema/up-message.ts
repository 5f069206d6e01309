// What a dongle says of itself, of an order and of an update, with its bounds: one description for the gateway, which opens the envelope, and for the
// link, over which a gateway that runs apart passes it on.

import Type from 'typebox'
import { COMMAND_OUTCOMES, type CommandOutcome } from '../session/messages.ts'
import { REPORT_BYTES_MAX } from '../session/messages-up.ts'
import { UPDATE_CODES, UPDATE_STATES } from '../update/states.ts'

export const Uint32 = Type.Integer({ minimum: 0, maximum: 4294967295 })
export const Whole = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
/** At most so many. */
export const Bytes = (most: number) =>
  Type.Refine(Type.Unsafe<Uint8Array>({}), value => value instanceof Uint8Array && value.length <= most)
const Count = Type.Optional(Uint32)
const Text = Type.Optional(Type.String({ maxLength: 64 }))

/** DongleStatus without whose it is and when it came. */
export const STATUS_FIELDS = {
  boot: Uint32,
  firmware: Text,
  uptimeS: Count,
  resetReason: Text,
  rssiDbm: Type.Optional(Type.Integer({ minimum: -200, maximum: 100 })),
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
}

/** What became of an order. */
export const RESULT_FIELDS = {
  number: Whole,
  outcome: Type.Unsafe<CommandOutcome>(Type.String({ enum: [...COMMAND_OUTCOMES] })),
  report: Type.Optional(Bytes(REPORT_BYTES_MAX)),
}

/** How an update stands. */
export const UPDATE_FIELDS = {
  number: Whole,
  state: Type.String({ enum: [...UPDATE_STATES] }),
  code: Type.String({ enum: [...UPDATE_CODES] }),
  running: Uint32,
  loaded: Uint32,
  floor: Uint32,
}
