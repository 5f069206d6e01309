// flash.config.json: board, engine image, where our regions lie in the dongle's flash, and the gateway a new dongle is told.
// What other tools keep in the same file is let through. Node rooms only.

import Type, { type Static } from 'typebox'

/** On a sector of 4 kB. */
const Address = Type.String({ pattern: '^0x[0-9a-fA-F]{1,5}000$', description: 'address in flash' })

/** One file of the engine's build. `sha256` null: nobody has vouched for a build yet, and none is written. */
const EngineImageSchema = Type.Object({
  what: Type.Union([Type.Literal('bootloader'), Type.Literal('partitions'), Type.Literal('engine')]),
  at: Address,
  path: Type.String({ minLength: 1, description: 'relative to flash.config.json' }),
  sha256: Type.Union([Type.String({ pattern: '^[0-9a-f]{64}$' }), Type.Null()]),
})

const RegionSchema = Type.Object({ at: Address, kB: Type.Integer({ minimum: 4, maximum: 16384 }) })

export const FlashConfigSchema = Type.Object({
  board: Type.String({ description: "the chip's name as its loader gives it" }),
  engine: Type.Object({
    name: Type.String(),
    version: Type.String(),
    /** Each of the three once. */
    images: Type.Array(EngineImageSchema, { minItems: 3, maxItems: 3 }),
  }),
  flash: Type.Object({
    sectorBytes: Type.Literal(4096),
    map: Type.Integer({
      minimum: 1,
      maximum: 255,
      description: 'the number of this partition; raised when a region moves',
    }),
    regions: Type.Intersect([
      Type.Object({ system: RegionSchema, storage: RegionSchema }),
      Type.Record(Type.String(), RegionSchema),
    ]),
    /** Inside storage, one right behind the other: where the two programs lie (shared/update/slots.ts). */
    slots: Type.Tuple([Address, Address]),
  }),
  /** Of the program that a new dongle gets: what a release must be above. */
  program: Type.Object({ version: Type.Integer({ minimum: 1, maximum: 4294967295 }) }),
  gateway: Type.Object({
    host: Type.String({ pattern: '^[!-~]{1,64}$' }),
    port: Type.Integer({ minimum: 1, maximum: 65535 }),
    isTls: Type.Boolean(),
  }),
  uploadIntervalS: Type.Integer({ minimum: 1, maximum: 900 }),
})
export type FlashConfig = Static<typeof FlashConfigSchema>
export type EngineImage = Static<typeof EngineImageSchema>
