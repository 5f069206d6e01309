// Releases and rollouts over REST: what an operator sends and is told.

import Type, { type Static } from 'typebox'

const exact = { additionalProperties: false }
const Whole = (minimum: number, maximum: number, description: string) => Type.Integer({ minimum, maximum, description })
const Permille = (description: string) => Whole(0, 1000, `thousandths; ${description}`)
const YEAR_S = 31_536_000

export const ReleaseViewSchema = Type.Object(
  {
    version: Type.Integer({ description: 'rises from release to release' }),
    name: Type.String(),
    board: Type.String(),
    engine: Type.String({ description: 'the engine that it needs' }),
    map: Type.Integer({ description: 'the partition of the flash that it is made for' }),
    bytes: Type.Integer(),
    sha256Hex: Type.String(),
    floor: Type.Integer({ description: 'once this release is good on a dongle, nothing below is taken any more' }),
    signers: Type.Array(Type.String(), { description: 'ids of the trusted keys that signed' }),
    addedAtS: Type.Integer(),
    addedBy: Type.String(),
  },
  exact,
)
export type ReleaseView = Static<typeof ReleaseViewSchema>

const WaveSchema = Type.Union([
  Type.Object({ dongles: Whole(1, 10_000_000, 'so many, from the first on') }, exact),
  Type.Object({ permille: Whole(1, 1000, 'so many thousandths of all') }, exact),
])

export const PlanSchema = Type.Object(
  {
    waves: Type.Array(WaveSchema, {
      minItems: 1,
      maxItems: 20,
      description: 'rising; the last one is {"permille": 1000}',
    }),
    successPermille: Permille('of a wave that must be healthy before its soak begins'),
    errorPermille: Permille('that may fail or come back; one more and the rollout stops for good'),
    silentPermille: Permille('that may fall silent; one more and the rollout is paused'),
    soakS: Whole(0, YEAR_S, 'how long a wave that has succeeded is looked at'),
    patienceS: Whole(1, YEAR_S, 'how long a wave waits for dongles that are away'),
    answerS: Whole(1, YEAR_S, 'how long a dongle may take before it counts as silent'),
    trialS: Whole(1, 86_400, 'how long the new program must have lived before it may call itself good'),
    window: Type.Union(
      [
        Type.Object(
          {
            fromMinute: Whole(0, 1439, 'minutes after local midnight'),
            toMinute: Whole(0, 1439, 'the first minute after it; under fromMinute: over midnight'),
            timeZone: Type.String({ maxLength: 60 }),
          },
          exact,
        ),
        Type.Null(),
      ],
      { description: 'when an update may be given; null: always' },
    ),
  },
  exact,
)

export const ProposalSchema = Type.Object(
  {
    version: Whole(1, 4_294_967_295, 'of the release'),
    plan: Type.Optional(Type.Partial(PlanSchema, { description: 'what shall be different from the usual plan' })),
    pilots: Type.Optional(
      Type.Array(Type.String({ maxLength: 64 }), {
        maxItems: 1000,
        description: 'ids of dongles that go first, in this order',
      }),
    ),
  },
  exact,
)

const Count = Type.Integer({ minimum: 0 })

export const RolloutViewSchema = Type.Object(
  {
    rolloutId: Type.String(),
    version: Type.Integer(),
    name: Type.String({ description: 'of the release' }),
    state: Type.String({ description: 'proposed, running, paused, stopped, cancelled, done' }),
    reason: Type.Union([Type.String(), Type.Null()], { description: 'too-many-failed, too-many-silent or asked' }),
    maker: Type.String(),
    approver: Type.Union([Type.String(), Type.Null()]),
    createdAtS: Type.Integer(),
    dongles: Type.Integer({ description: 'how many it is for' }),
    wave: Type.Integer({ description: 'the one under way, from 1 on' }),
    succeededAtS: Type.Union([Type.Integer(), Type.Null()], { description: 'since when the wave soaks' }),
    waves: Type.Array(
      Type.Object(
        { reach: Count, given: Count, healthy: Count, failed: Count, silent: Count },
        { ...exact, description: 'reach: how many dongles may have it when this wave is full, with the waves before' },
      ),
    ),
    counts: Type.Record(Type.String(), Count, { description: 'dongles by state' }),
    plan: PlanSchema,
  },
  exact,
)
export type RolloutView = Static<typeof RolloutViewSchema>

export const RolloutDongleSchema = Type.Object(
  {
    dongleId: Type.String(),
    state: Type.String({
      description:
        'waiting, given, begun, healthy, refused, failed, returned, ahead (has it or a later one already), withdrawn, unable (cannot be updated over the air)',
    }),
    code: Type.Union([Type.String(), Type.Null()], { description: 'why, in the dongle’s words (docs/updates.md)' }),
    wave: Type.Union([Type.Integer(), Type.Null()]),
    givenAtS: Type.Union([Type.Integer(), Type.Null()]),
    changedAtS: Type.Integer(),
  },
  exact,
)

export const UpdateEventSchema = Type.Object(
  {
    atS: Type.Integer(),
    actor: Type.String(),
    kind: Type.String(),
    dongleId: Type.Union([Type.String(), Type.Null()]),
    detail: Type.Union([Type.String(), Type.Null()]),
    rolloutId: Type.Union([Type.String(), Type.Null()]),
    version: Type.Union([Type.Integer({ description: 'of the release' }), Type.Null()]),
    who: Type.Union([Type.String({ description: 'the name of the actor, where it is a person' }), Type.Null()]),
  },
  exact,
)
export type UpdateEvent = Static<typeof UpdateEventSchema>

export const TargetTokenSchema = Type.Object(
  { dongleId: Type.String(), token: Type.String({ description: 'shown once; the one before is void' }) },
  exact,
)
