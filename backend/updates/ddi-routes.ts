// hawkBit's Direct Device Integration API, version 1, so that clients which know that one are served too: poll, deployment, feedback, cancel,
// installed, attributes, and the files with hashes and ranges. Shapes are ddi.ts's, rules the desk's.

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { problemAnswers } from '../openapi.ts'
import { Problem } from '../problem.ts'
import {
  artifactsAnswer,
  cancelAnswer,
  deploymentAnswer,
  EXECUTIONS,
  type Execution,
  FINISHED,
  type Finished,
  isToBeCancelled,
  pollAnswer,
  rangeOf,
} from './ddi.ts'
import type { DdiAction, DdiDesk, DdiFile, FeedbackOutcome } from './ddi-desk.ts'

export interface DdiRooms {
  ddi: DdiDesk
  /** Where clients reach this server, if that is not where they say they ask. */
  publicUrl: string | undefined
  ddiPollS: number
}

const Controller = {
  tenant: Type.String({ pattern: '^[Dd][Ee][Ff][Aa][Uu][Ll][Tt]$' }),
  controllerId: Type.String({ maxLength: 64 }),
}
const Numbered = Type.String({ pattern: '^[0-9]{1,15}$' })
const Params = Type.Object(Controller)
const ActionParams = Type.Object({ ...Controller, actionId: Numbered })
const ModuleParams = Type.Object({ ...Controller, moduleId: Numbered })
const FileParams = Type.Object({ ...Controller, moduleId: Numbered, filename: Type.String({ maxLength: 80 }) })
const HISTORY_MAX = 100

/** Of each word on an action; what a client says beyond is cut off, not refused: SWUpdate sends its whole log, with lines of any length. */
const DETAILS_MAX = 50
const DETAIL_CHARACTERS_MAX = 512
const FEEDBACK_BYTES_MAX = 1_048_576

/** What clients send beside it is let through: hawkBit has grown fields over the years. */
const FeedbackBody = Type.Object({
  id: Type.Optional(Type.Union([Type.String({ maxLength: 40 }), Type.Integer()])),
  status: Type.Object({
    execution: Type.Unsafe<Execution>(Type.String({ enum: [...EXECUTIONS] })),
    result: Type.Object({ finished: Type.Unsafe<Finished>(Type.String({ enum: [...FINISHED] })) }),
    details: Type.Optional(Type.Array(Type.String())),
  }),
})
const AttributesBody = Type.Object({
  mode: Type.Optional(
    Type.Unsafe<'merge' | 'replace' | 'remove'>(Type.String({ enum: ['merge', 'replace', 'remove'] })),
  ),
  data: Type.Record(Type.String({ maxLength: 128 }), Type.String({ maxLength: 256 }), { maxProperties: 50 }),
})
const File = Type.Unsafe<unknown>({
  description: 'the file',
  content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
})
const Any = Type.Unsafe<object>({ type: 'object', additionalProperties: true })

export function ddiRoutes({ ddi, publicUrl, ddiPollS }: DdiRooms): FastifyPluginCallbackTypebox {
  const common = { tags: ['hawkBit'], security: [{ targetToken: [] }] as { [scheme: string]: string[] }[] }
  const answers = problemAnswers('access.missing', 'access.throttled', 'store.unavailable', 'request.invalid')
  const unknown = problemAnswers('action.unknown', 'dongle.unknown')
  const closed = problemAnswers('action.closed')
  const root = '/:tenant/controller/v1/:controllerId'

  return (app, _options, done) => {
    app.addContentTypeParser('application/hal+json', { parseAs: 'string' }, app.getDefaultJsonParser('error', 'error'))

    app.get(
      root,
      {
        config: { access: 'updates.take' },
        schema: {
          ...common,
          summary: 'Poll: is there something to do',
          params: Params,
          response: { 200: Any, ...answers, ...unknown },
        },
      },
      async request => {
        const { action, isKnown } = await ddi.poll(entered(request))
        return pollAnswer(baseOf(request), ddiPollS, action?.member, isKnown)
      },
    )

    for (const [name, isRight] of [
      ['deploymentBase', (action: DdiAction) => action.member.state === 'given'],
      ['installedBase', (action: DdiAction) => action.member.state === 'healthy'],
    ] as const) {
      app.get(
        `${root}/${name}/:actionId`,
        {
          config: { access: 'updates.take' },
          schema: {
            ...common,
            summary: name === 'deploymentBase' ? 'What to install, and where it is' : 'What was installed last',
            params: ActionParams,
            querystring: Type.Object({ actionHistory: Type.Optional(Type.Integer()) }),
            response: { 200: Any, ...answers, ...unknown },
          },
        },
        async request => {
          const dongleNo = entered(request)
          const action = await ddi.action(dongleNo, Number(request.params.actionId))
          if (action === undefined || !isRight(action)) throw new Problem('action.unknown')
          const files = (await ddi.files(dongleNo, action.releaseNo)) ?? []
          const release = { no: action.releaseNo, name: action.name }
          const answer = deploymentAnswer(baseOf(request), action.member, release, files.map(artifactOf))
          const wanted = request.query.actionHistory ?? 0
          if (wanted === 0) return answer
          const limit = wanted < 0 ? HISTORY_MAX : Math.min(wanted, HISTORY_MAX)
          return {
            ...answer,
            actionHistory: { status: 'RUNNING', messages: await ddi.history(action.member.no, limit) },
          }
        },
      )
    }

    app.post(
      `${root}/deploymentBase/:actionId/feedback`,
      {
        config: { access: 'updates.take' },
        bodyLimit: FEEDBACK_BYTES_MAX,
        schema: {
          ...common,
          summary: 'How far it is',
          description:
            'closed with success is begun, until configData says that the new version runs (attribute nrt.version).',
          params: ActionParams,
          body: FeedbackBody,
          response: { 200: Type.Null(), ...answers, ...unknown, ...closed },
        },
      },
      async (request, reply) => {
        const dongleNo = entered(request)
        return answerTo(reply, await ddi.feedback(dongleNo, Number(request.params.actionId), feedbackOf(request.body)))
      },
    )

    app.get(
      `${root}/cancelAction/:actionId`,
      {
        config: { access: 'updates.take' },
        schema: {
          ...common,
          summary: 'Which action shall not go on',
          params: ActionParams,
          response: { 200: Any, ...answers, ...unknown },
        },
      },
      async request => {
        const action = await ddi.action(entered(request), Number(request.params.actionId))
        if (action === undefined || !isToBeCancelled(action.member)) throw new Problem('action.unknown')
        return cancelAnswer(action.member)
      },
    )

    app.post(
      `${root}/cancelAction/:actionId/feedback`,
      {
        config: { access: 'updates.take' },
        bodyLimit: FEEDBACK_BYTES_MAX,
        schema: {
          ...common,
          summary: 'Taken, or too late',
          params: ActionParams,
          body: FeedbackBody,
          response: { 200: Type.Null(), ...answers, ...unknown, ...closed },
        },
      },
      async (request, reply) => {
        const dongleNo = entered(request)
        return answerTo(
          reply,
          await ddi.cancelFeedback(dongleNo, Number(request.params.actionId), feedbackOf(request.body)),
        )
      },
    )

    app.put(
      `${root}/configData`,
      {
        config: { access: 'updates.take' },
        schema: {
          ...common,
          summary: 'What the client says of itself; nrt.version is what runs',
          params: Params,
          body: AttributesBody,
          response: { 200: Type.Null(), ...answers, ...unknown },
        },
      },
      async (request, reply) => {
        const { mode = 'merge', data } = request.body
        await ddi.attributes(entered(request), mode, data)
        return reply.code(200).send(null)
      },
    )

    app.get(
      `${root}/softwaremodules/:moduleId/artifacts`,
      {
        config: { access: 'updates.take' },
        schema: {
          ...common,
          summary: 'Its files',
          params: ModuleParams,
          response: { 200: Type.Array(Any), ...answers, ...unknown },
        },
      },
      async request => {
        const moduleId = Number(request.params.moduleId)
        const files = await ddi.files(entered(request), moduleId)
        if (files === undefined) throw new Problem('action.unknown')
        return artifactsAnswer(baseOf(request), moduleId, files.map(artifactOf))
      },
    )

    app.get(
      `${root}/softwaremodules/:moduleId/artifacts/:filename`,
      {
        config: { access: 'updates.take' },
        schema: {
          ...common,
          summary: 'A file, or with .MD5SUM behind its name its MD5; ranges are served',
          params: FileParams,
          response: { 200: File, ...answers, ...unknown },
        },
      },
      async (request, reply) => {
        const { moduleId, filename } = request.params
        const files = await ddi.files(entered(request), Number(moduleId))
        const file = files?.find(one => one.filename === filename.replace(/\.MD5SUM$/, ''))
        if (file === undefined) throw new Problem('action.unknown')
        if (filename.endsWith('.MD5SUM')) return reply.type('text/plain').send(`${file.hashes.md5}  ${file.filename}`)
        return sendFile(request, reply, file)
      },
    )
    done()
  }

  function entered({ caller }: FastifyRequest): number {
    if (caller.kind !== 'dongle') throw new Problem('access.missing')
    return caller.dongleNo
  }

  function baseOf(request: FastifyRequest): string {
    const { tenant, controllerId } = request.params as { tenant: string; controllerId: string }
    const server = publicUrl ?? `${request.protocol}://${request.host}`
    return `${server}/${tenant}/controller/v1/${encodeURIComponent(controllerId)}`
  }
}

function artifactOf({ filename, size, hashes }: DdiFile) {
  return { filename, size, hashes }
}

function feedbackOf({
  status,
}: {
  status: { execution: Execution; result: { finished: Finished }; details?: string[] }
}) {
  const details = (status.details ?? []).slice(-DETAILS_MAX).map(detail => detail.slice(0, DETAIL_CHARACTERS_MAX))
  return { execution: status.execution, finished: status.result.finished, details }
}

function answerTo(reply: FastifyReply, outcome: FeedbackOutcome) {
  if (outcome === 'noted') return reply.code(200).send(null)
  throw new Problem(outcome === 'unknown' ? 'action.unknown' : 'action.closed')
}

function sendFile(request: FastifyRequest, reply: FastifyReply, { bytes, size, hashes, filename }: DdiFile) {
  const range = rangeOf(request.headers.range, size)
  void reply.type('application/octet-stream').headers({
    'accept-ranges': 'bytes',
    etag: `"${hashes.sha1}"`,
    'content-disposition': `attachment; filename="${filename}"`,
  })
  if (range === 'none') return reply.code(416).header('content-range', `bytes */${size}`).send()
  if (range === 'all') return reply.send(Buffer.from(bytes))
  const { from, to } = range
  return reply
    .code(206)
    .header('content-range', `bytes ${from}-${to}/${size}`)
    .send(Buffer.from(bytes.subarray(from, to + 1)))
}
