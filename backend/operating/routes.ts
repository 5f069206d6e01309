// REST for whoever operates the platform: how it is, dead letters, a dongle's messages as they come, backups. With the operator key; what
// looks into something or changes it is an event of the audit.

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import {
  BackupListSchema,
  BackupViewSchema,
  BackupWishSchema,
  LetterContentSchema,
  LetterSchema,
  PlatformStatusSchema,
  ReplayedSchema,
  ReplayWishSchema,
} from '../../shared/schema/operating.ts'
import { listOf, PageQuerySchema, paged, pageOf } from '../api/pages.ts'
import { rowOf } from '../dongles/dongle-register.ts'
import { openEventStream } from '../live/event-stream.ts'
import { problemAnswers } from '../openapi.ts'
import { Problem } from '../problem.ts'
import type { Backups } from './backups.ts'
import type { NoteOperation } from './events.ts'
import { platformStatus, type StatusSetup } from './status.ts'
import type { Tails } from './tails.ts'

export interface OperatingRooms extends StatusSetup {
  tails: Tails
  backups: Backups
  noteOperation: NoteOperation
}

const ACTOR = 'operator'
const TAILS_MAX = 20
/** Proxies close what is silent for a minute. */
const HEARTBEAT_MS = 20_000

const DongleParams = Type.Object({ id: Type.String({ maxLength: 64 }) })
const LetterParams = Type.Object({ no: Type.Integer({ minimum: 1 }) })

export function operatingRoutes(rooms: OperatingRooms): FastifyPluginCallbackTypebox {
  const { store, tails, backups, noteOperation } = rooms
  const common = { tags: ['operating'], security: [{ operatorKey: [] }] as { [scheme: string]: string[] }[] }
  const answers = problemAnswers('access.missing', 'access.throttled', 'store.unavailable')
  const letterAnswers = { ...answers, ...problemAnswers('letter.unknown', 'request.invalid') }

  return (app, _options, done) => {
    app.get(
      '/platform',
      {
        config: { access: 'platform.see' },
        schema: { ...common, summary: 'How the platform is', response: { 200: PlatformStatusSchema, ...answers } },
      },
      () => platformStatus(rooms),
    )

    app.get(
      '/dead-letters',
      {
        config: { access: 'platform.operate' },
        schema: {
          ...common,
          summary: 'Authentic messages that could not be stored, oldest first',
          querystring: PageQuerySchema,
          response: { 200: listOf(LetterSchema), ...answers, ...problemAnswers('request.invalid', 'cursor.invalid') },
        },
      },
      async ({ query }) => {
        const page = pageOf(query, 'dead-letters')
        await store.settled()
        const letters = await store.letters(page.after, page.limit)
        return paged(
          letters.map(item => ({ no: item.no, item })),
          page,
        )
      },
    )

    app.get(
      '/dead-letters/:no',
      {
        config: { access: 'platform.operate' },
        schema: {
          ...common,
          summary: 'What is in one; this is written down',
          params: LetterParams,
          response: { 200: LetterContentSchema, ...letterAnswers },
        },
      },
      async ({ params: { no } }) => {
        await letterOf(no)
        await noteOperation(ACTOR, 'letter-shown', { detail: `letter ${no}` })
        const bytes = await store.openLetter(no)
        if (bytes === undefined) throw new Problem('letter.unknown')
        return { no, hex: Buffer.from(bytes).toString('hex') }
      },
    )

    app.post(
      '/dead-letters/replay',
      {
        config: { access: 'platform.operate' },
        schema: {
          ...common,
          summary: 'Tries one again, or all, after a fix',
          body: ReplayWishSchema,
          response: { 200: ReplayedSchema, ...letterAnswers },
        },
      },
      async ({ body: { no } }) => {
        if (no !== undefined) await letterOf(no)
        await noteOperation(ACTOR, 'letters-replayed', { detail: no === undefined ? 'all' : `letter ${no}` })
        const replayed = await store.replay(no)
        // somebody else dropped it, or tried it, meanwhile: nothing is not what became of it
        const isOver = replayed.stored + replayed.duplicate + replayed.stillBad === 0
        if (no !== undefined && isOver) throw new Problem('letter.unknown')
        return replayed
      },
    )

    app.post(
      '/dead-letters/:no/drop',
      {
        config: { access: 'platform.operate' },
        schema: {
          ...common,
          summary: 'Erases one for good',
          params: LetterParams,
          response: { 200: LetterSchema, ...letterAnswers },
        },
      },
      async ({ params: { no } }) => {
        const letter = await letterOf(no)
        await noteOperation(ACTOR, 'letter-dropped', { detail: `letter ${no}` })
        if (!(await store.dropLetter(no))) throw new Problem('letter.unknown')
        return letter
      },
    )

    app.get(
      '/dongles/:id/messages',
      {
        config: { access: 'platform.operate' },
        exposeHeadRoute: false,
        schema: {
          ...common,
          summary: 'Its messages as they come to this process, as Server-Sent Events',
          description:
            'Events `message`: that a batch, a status or a dead letter came, and what became of it; never what a reading says.',
          params: DongleParams,
          response: {
            200: Type.Unsafe({
              description: 'the stream',
              content: { 'text/event-stream': { schema: { type: 'string' } } },
            }),
            ...answers,
            ...problemAnswers('dongle.unknown', 'live.full'),
          },
        },
      },
      async (request, reply) => {
        const dongle = await rowOf(store.registers, request.params.id)
        if (dongle === undefined) throw new Problem('dongle.unknown')
        if (tails.count() >= TAILS_MAX) throw new Problem('live.full')
        await noteOperation(ACTOR, 'tailed', { dongleNo: dongle.no })
        const headers = Object.fromEntries(
          Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]),
        )
        reply.hijack()
        const stream = openEventStream(reply.raw, headers, () => undefined)
        const leave = tails.follow(dongle.id, {
          message: message => stream.send('message', message),
          end: stream.end,
        })
        const beat = setInterval(stream.heartbeat, HEARTBEAT_MS)
        beat.unref()
        reply.raw.on('close', () => {
          clearInterval(beat)
          leave()
        })
        return reply
      },
    )

    app.get(
      '/backups',
      {
        config: { access: 'platform.operate' },
        schema: {
          ...common,
          summary: 'Backups, newest first',
          response: { 200: BackupListSchema, ...answers, ...problemAnswers('backup.nowhere', 'backup.elsewhere') },
        },
      },
      async () => {
        const listed = backups.list()
        if (!listed.ok) throw new Problem(listed.fault.code)
        return { items: listed.value }
      },
    )

    app.post(
      '/backups',
      {
        config: { access: 'platform.operate' },
        schema: {
          ...common,
          summary: 'Begins a backup, while everything goes on',
          description:
            'Into a folder of NRT_BACKUP_DIR on the server. What was acknowledged before this was asked is in it. Look at GET for how it ends.',
          body: BackupWishSchema,
          response: {
            202: BackupViewSchema,
            ...answers,
            ...problemAnswers('request.invalid'),
            ...problemAnswers('backup.nowhere', 'backup.exists', 'backup.elsewhere'),
          },
        },
      },
      async (request, reply) => {
        const taken = await backups.take(request.body.folder, ACTOR)
        if (taken.ok) return reply.code(202).send(taken.value)
        const { fault } = taken
        if (fault.code === 'backup.outside') {
          throw new Problem('request.invalid', `A backup is a folder with a plain name in ${fault.where}.`)
        }
        throw new Problem(fault.code)
      },
    )
    done()
  }

  async function letterOf(no: number) {
    await store.settled()
    const letter = (await store.letters(no - 1, 1))[0]
    if (letter?.no !== no) throw new Problem('letter.unknown')
    return letter
  }
}
