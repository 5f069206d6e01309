// REST for operators: releases in, rollouts proposed, approved by somebody else, watched and stopped. Looking and stopping may anyone who
// operates; what sends programs to dongles needs an operator's own key.

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import type { Right } from '../../shared/schema/access.ts'
import { RELEASE_FILE_BYTES_MAX, ReleaseFileSchema, releaseOf } from '../../shared/schema/release.ts'
import {
  ProposalSchema,
  ReleaseViewSchema,
  RolloutDongleSchema,
  RolloutViewSchema,
  TargetTokenSchema,
  UpdateEventSchema,
} from '../../shared/schema/update.ts'
import { listOf, numbered, PageQuery, PageQuerySchema, paged, pageOf } from '../api/pages.ts'
import { problemAnswers } from '../openapi.ts'
import { Problem } from '../problem.ts'
import { MEMBER_STATES, type MemberState } from './members.ts'
import { type RolloutPlan, reachOf, USUAL_PLAN } from './plan.ts'
import type { AddFault, ReleaseView } from './releases.ts'
import type { ProposalFault, RolloutView, Word, WordFault } from './rollouts.ts'
import type { Updates } from './updates.ts'

export interface UpdateRooms {
  updates: Updates
}

const ActsQuery = Type.Object({
  ...PageQuery,
  acts: Type.Optional(
    Type.Boolean({ description: 'only what people and the platform did, without each dongle’s story' }),
  ),
})
const Version = Type.Object({ version: Type.Integer({ minimum: 1, maximum: 4_294_967_295 }) })
const Id = Type.Object({ id: Type.String({ maxLength: 64 }) })
const COMMON = ['access.missing', 'access.throttled', 'role.missing', 'store.unavailable', 'request.invalid'] as const
const WORDS: { path: string; word: Word; summary: string; access: Right }[] = [
  { path: 'approve', word: 'approved', summary: 'Approve it, by another than who proposed it', access: 'updates.send' },
  { path: 'pause', word: 'paused', summary: 'Give it to nobody more, for now', access: 'updates.stop' },
  { path: 'resume', word: 'resumed', summary: 'Go on', access: 'updates.send' },
  { path: 'cancel', word: 'cancelled', summary: 'End it for good', access: 'updates.stop' },
]

export function updateRoutes({ updates }: UpdateRooms): FastifyPluginCallbackTypebox {
  const { releases, rollouts } = updates
  const common = {
    tags: ['updates'],
    security: [{ accessKey: [] }, { operatorKey: [] }] as { [scheme: string]: string[] }[],
  }
  const answers = problemAnswers(...COMMON)
  const unknown = problemAnswers('rollout.unknown')

  return (app, _options, done) => {
    app.get(
      '/releases',
      {
        config: { access: 'updates.see' },
        schema: {
          ...common,
          summary: 'Releases, newest first',
          querystring: PageQuerySchema,
          response: {
            200: listOf(ReleaseViewSchema),
            ...answers,
            ...problemAnswers('request.invalid', 'cursor.invalid'),
          },
        },
      },
      async ({ query }) => {
        const page = pageOf(query, 'releases')
        const found = await releases.list(page)
        return paged(
          found.map(one => ({ no: one.version, item: releaseOut(one) })),
          page,
        )
      },
    )

    app.get(
      '/releases/:version',
      {
        config: { access: 'updates.see' },
        schema: {
          ...common,
          summary: 'A release',
          params: Version,
          response: { 200: ReleaseViewSchema, ...answers, ...problemAnswers('release.unknown') },
        },
      },
      async request => {
        const release = await releases.show(request.params.version)
        if (release === undefined) throw new Problem('release.unknown')
        return releaseOut(release)
      },
    )

    app.post(
      '/releases',
      {
        config: { access: 'updates.send' },
        bodyLimit: RELEASE_FILE_BYTES_MAX,
        schema: {
          ...common,
          summary: 'Take in a signed release',
          description:
            'Taken only with enough signatures by the keys that this server trusts. The same once more is no news.',
          body: ReleaseFileSchema,
          response: {
            201: ReleaseViewSchema,
            ...answers,
            ...problemAnswers('release.untrusted'),
            ...problemAnswers('release.known'),
          },
        },
      },
      async (request, reply) => {
        const release = releaseOf(request.body)
        if (!release.ok) throw addProblem(release.fault)
        const added = await releases.add(release.value, request.actor)
        if (!added.ok) throw addProblem(added.fault)
        return reply.code(201).send(releaseOut(added.value))
      },
    )

    app.get(
      '/rollouts',
      {
        config: { access: 'updates.see' },
        schema: {
          ...common,
          summary: 'Rollouts, newest first',
          querystring: PageQuerySchema,
          response: {
            200: listOf(RolloutViewSchema),
            ...answers,
            ...problemAnswers('request.invalid', 'cursor.invalid'),
          },
        },
      },
      async ({ query }) => {
        const page = pageOf(query, 'rollouts')
        const found = await rollouts.list(page)
        return paged(
          found.map(one => ({ no: one.no, item: rolloutOut(one) })),
          page,
        )
      },
    )

    app.post(
      '/rollouts',
      {
        config: { access: 'updates.send' },
        schema: {
          ...common,
          summary: 'Propose a rollout',
          description:
            'Nothing happens until another person approves it. Who was heard of lately gets it first, after the pilots.',
          body: ProposalSchema,
          response: {
            201: RolloutViewSchema,
            ...answers,
            ...problemAnswers('release.unknown', 'dongle.unknown'),
            ...problemAnswers('rollout.busy', 'rollout.empty'),
            ...problemAnswers('release.untrusted'),
          },
        },
      },
      async (request, reply) => {
        const { version, plan, pilots = [] } = request.body
        const whole = { ...USUAL_PLAN, ...plan } as RolloutPlan
        const proposed = await rollouts.propose({ version, plan: whole, pilots }, request.actor)
        if (!proposed.ok) throw proposalProblem(proposed.fault)
        return reply.code(201).send(rolloutOut(proposed.value))
      },
    )

    app.get(
      '/rollouts/:id',
      {
        config: { access: 'updates.see' },
        schema: {
          ...common,
          summary: 'A rollout',
          params: Id,
          response: { 200: RolloutViewSchema, ...answers, ...unknown },
        },
      },
      async request => rolloutOut(await found(request.params.id)),
    )

    app.get(
      '/rollouts/:id/dongles',
      {
        config: { access: 'updates.see' },
        schema: {
          ...common,
          summary: 'Its dongles in the order of their turns',
          params: Id,
          querystring: Type.Object({
            ...PageQuery,
            state: Type.Optional(Type.Unsafe<MemberState>(Type.String({ enum: [...MEMBER_STATES] }))),
          }),
          response: {
            200: listOf(RolloutDongleSchema),
            ...answers,
            ...problemAnswers('request.invalid', 'cursor.invalid'),
            ...unknown,
          },
        },
      },
      async request => {
        const { id } = await found(request.params.id)
        const page = pageOf(request.query, 'rollout-dongles')
        const members = await rollouts.members(id, request.query.state, page)
        return paged(
          members.map(({ rank, waveNo, ...rest }) => {
            return { no: rank, item: { ...rest, wave: waveNo === null ? null : waveNo + 1 } }
          }),
          page,
        )
      },
    )

    app.get(
      '/rollouts/:id/events',
      {
        config: { access: 'updates.see' },
        schema: {
          ...common,
          summary: 'Who did what about it, newest first',
          params: Id,
          querystring: ActsQuery,
          response: {
            200: listOf(UpdateEventSchema),
            ...answers,
            ...problemAnswers('request.invalid', 'cursor.invalid'),
            ...unknown,
          },
        },
      },
      async ({ params, query }) => {
        const page = pageOf(query, 'rollout-events')
        return paged(numbered(await rollouts.events((await found(params.id)).id, page, query.acts)), page)
      },
    )

    app.get(
      '/update-events',
      {
        config: { access: 'updates.see' },
        schema: {
          ...common,
          summary: 'Who did what about releases and rollouts, newest first',
          querystring: ActsQuery,
          response: {
            200: listOf(UpdateEventSchema),
            ...answers,
            ...problemAnswers('request.invalid', 'cursor.invalid'),
          },
        },
      },
      async ({ query }) => {
        const page = pageOf(query, 'update-events')
        return paged(numbered(await rollouts.events(undefined, page, query.acts)), page)
      },
    )

    app.post(
      '/dongles/:id/target-token',
      {
        config: { access: 'updates.send' },
        schema: {
          ...common,
          summary: 'A new token for the hawkBit interface; the one before is void',
          params: Id,
          response: { 201: TargetTokenSchema, ...answers, ...problemAnswers('dongle.unknown') },
        },
      },
      async (request, reply) => {
        const dongleId = request.params.id
        const token = await updates.ddi.newToken(dongleId, request.actor)
        if (token === undefined) throw new Problem('dongle.unknown')
        return reply.code(201).send({ dongleId, token })
      },
    )

    for (const { path, word, summary, access } of WORDS) {
      app.post(
        `/rollouts/:id/${path}`,
        {
          config: { access },
          schema: {
            ...common,
            summary,
            params: Id,
            response: {
              200: RolloutViewSchema,
              ...answers,
              ...unknown,
              ...problemAnswers('rollout.wrong-state'),
              ...problemAnswers('release.untrusted'),
              ...problemAnswers('role.missing', 'rollout.same-person'),
            },
          },
        },
        async request => {
          const said = await rollouts.say(request.params.id, word, request.actor)
          if (!said.ok) throw wordProblem(said.fault)
          return rolloutOut(said.value)
        },
      )
    }
    done()
  }

  async function found(id: string): Promise<RolloutView> {
    const rollout = await rollouts.show(id)
    if (rollout === undefined) throw new Problem('rollout.unknown')
    return rollout
  }
}

function releaseOut({ version, name, manifest, signers, addedAtS, addedBy }: ReleaseView) {
  const { board, engine, map, bytes, floor, sha256 } = manifest
  const sha256Hex = Buffer.from(sha256).toString('hex')
  return { version, name, board, engine, map, bytes, sha256Hex, floor, signers, addedAtS, addedBy }
}

function rolloutOut({ id, version, name, createdAtS, rollout, tallies, counts }: RolloutView) {
  const { state, reason, maker, approver, total, waveNo, succeededAtS, plan } = rollout
  const waves = tallies.map((tally, i) => ({ reach: reachOf(plan, i, total), ...tally }))
  const people = { maker, approver, createdAtS }
  return {
    rolloutId: id,
    version,
    name,
    state,
    reason,
    ...people,
    dongles: total,
    wave: waveNo + 1,
    succeededAtS,
    waves,
    counts,
    plan,
  }
}

function addProblem(fault: AddFault): Problem {
  switch (fault.code) {
    case 'release.malformed':
      return new Problem('request.invalid', 'This is not a release of a format that is known here.')
    case 'release.other-program':
      return new Problem('release.untrusted', 'The program is not the one that was signed.')
    case 'release.signature-wrong':
      return new Problem('release.untrusted', `The signature of key ${fault.keyId} is not of this manifest.`)
    case 'release.too-few-signatures':
      return new Problem('release.untrusted', `${fault.signed} trusted keys have signed, ${fault.needed} are needed.`)
    case 'release.no-keys':
      return new Problem('release.untrusted', 'This server trusts no keys (NRT_RELEASE_KEYS_FILE).')
    case 'release.known':
      return new Problem('release.known')
  }
}

function proposalProblem(fault: ProposalFault): Problem {
  switch (fault.code) {
    case 'plan.waves':
      return new Problem('request.invalid', 'The waves must rise, and the last one be {"permille": 1000}.')
    case 'plan.window':
      return new Problem('request.invalid', 'The window is empty, or there is no such time zone.')
    case 'dongle.unknown':
      return new Problem('dongle.unknown', 'A pilot is not known, or not one that this release could be for.')
    case 'rollout.busy':
      return new Problem('rollout.busy', `${fault.id} comes first.`)
    case 'release.untrusted':
      return new Problem(fault.code, NO_LONGER)
    default:
      return new Problem(fault.code)
  }
}

const NO_LONGER = 'The keys that this server trusts now have not signed it, or what is stored is not what was signed.'

function wordProblem(fault: WordFault): Problem {
  if (fault.code === 'release.untrusted') return new Problem(fault.code, NO_LONGER)
  if (fault.code === 'rollout.wrong-state') return new Problem(fault.code, `It is ${fault.state}.`)
  return new Problem(fault.code)
}
