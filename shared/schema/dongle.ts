// What an operator asks of a dongle and is told about it, over REST.

import Type, { type Static } from 'typebox'
import { FIELD_NAMES } from '../reading/fields.ts'

const Seconds = (maximum: number) => Type.Integer({ minimum: 1, maximum })
const named = <N extends string>(name: N) => Type.Object({ name: Type.Literal(name) }, { additionalProperties: false })

/** `network` is on trial: without a session within ten minutes the dongle goes back to what it had. `fields` empty: all. */
export const WishSchema = Type.Union([
  Type.Object({ name: Type.Literal('interval'), seconds: Seconds(900) }, { additionalProperties: false }),
  Type.Object(
    {
      name: Type.Literal('fields'),
      fields: Type.Array(Type.Unsafe<string>(Type.String({ enum: [...FIELD_NAMES] })), {
        maxItems: FIELD_NAMES.length,
      }),
    },
    { additionalProperties: false },
  ),
  named('stop'),
  named('resume'),
  named('diagnose'),
  named('restart'),
  named('rotate-key'),
  named('wipe'),
  Type.Object({ name: Type.Literal('console'), seconds: Seconds(3600) }, { additionalProperties: false }),
  Type.Object(
    {
      name: Type.Literal('network'),
      networks: Type.Optional(
        Type.Array(
          Type.Object(
            { ssid: Type.String({ minLength: 1, maxLength: 32 }), password: Type.String({ maxLength: 63 }) },
            { additionalProperties: false },
          ),
          { minItems: 1, maxItems: 4 },
        ),
      ),
      host: Type.Optional(Type.String({ pattern: '^[!-~]{1,64}$' })),
      port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 })),
      isTls: Type.Optional(Type.Boolean()),
    },
    { additionalProperties: false, minProperties: 2 },
  ),
])
export type Wish = Static<typeof WishSchema>

export const OrderSchema = Type.Object(
  {
    orderId: Type.String(),
    name: Type.String({ description: 'what was asked' }),
    state: Type.String({
      description:
        'queued, sent, begun (on trial), then done, refused, returned (the trial failed, all is as before), failed (its memory did not take it) or expired',
    }),
    createdAtS: Type.Integer(),
    expiresAtS: Type.Integer(),
    report: Type.Optional(Type.String({ description: 'diagnose: the last lines of its console' })),
    events: Type.Array(
      Type.Object({ atS: Type.Integer(), state: Type.String(), actor: Type.String() }, { additionalProperties: false }),
    ),
  },
  { additionalProperties: false },
)
export type Order = Static<typeof OrderSchema>

export const DongleSchema = Type.Object(
  {
    dongleId: Type.String(),
    state: Type.String(),
    reason: Type.Union([Type.String(), Type.Null()], { description: 'what a claimed or suspended one waits for' }),
    owner: Type.Union([Type.String(), Type.Null()], { description: 'the account that has claimed it' }),
    epoch: Type.Integer({ description: 'of the key it uses' }),
    intervalS: Type.Union([Type.Integer(), Type.Null()], { description: 'asked of it; null: the gateway’s own' }),
    statusAtMs: Type.Union([Type.Integer(), Type.Null()]),
    suspicions: Type.Array(
      Type.Object(
        { sign: Type.String(), firstAtS: Type.Integer(), lastAtS: Type.Integer(), count: Type.Integer() },
        { additionalProperties: false },
      ),
      { description: 'signs that there is a second dongle with its identity' },
    ),
  },
  { additionalProperties: false },
)
export type Dongle = Static<typeof DongleSchema>
