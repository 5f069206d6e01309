// The embedded identity service over HTTP: its own form, and everything else below /id as the protocol has it. Wrong passwords and new logins are
// counted against their address.

import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Interaction } from 'oidc-provider'
import type { Clock } from '../../../shared/kernel/clock.ts'
import { parseAccessKey } from '../../accounts/access-key.ts'
import type { Accounts } from '../../accounts/accounts.ts'
import { subjectOfAccount } from '../../accounts/identities.ts'
import { createThrottle } from '../../accounts/throttle.ts'
import type { OriginOf } from '../origin.ts'
import type { Logins } from './logins.ts'
import { overPage, PAGE_CSS, signInPage } from './page.ts'
import { type EmbeddedService, entered, ID_PREFIX } from './provider.ts'
import { type SignInLanguage, type SignInWords, signInLanguageOf } from './words.ts'

export interface EmbeddedRoutesRooms {
  service: EmbeddedService
  logins: Logins
  accounts: Accounts
  originOf: OriginOf
  clock: Clock
}

const config = { access: 'sign-in.use' } as const
const schema = { hide: true }
const FORM_BYTES_MAX = 4096
/** New logins of one address: five at once, then one in ten minutes. */
const NEW_MAX = 5
const NEW_REFILL_MS = 600_000

interface Form {
  kind: string
  login: string
  person: string
  password: string
}

type Fault = keyof SignInWords['faults']

export function embeddedRoutes(rooms: EmbeddedRoutesRooms): FastifyPluginAsync {
  const { service, logins, accounts, originOf, clock } = rooms
  const wrong = createThrottle()
  const made = createThrottle(NEW_MAX, NEW_REFILL_MS)

  return async app => {
    app.get(`${ID_PREFIX}/page.css`, { config, schema }, (_request, reply) => reply.type('text/css').send(PAGE_CSS))
    await app.register(async scope => formRoutes(scope))
    await app.register(async scope => protocolRoutes(scope))
  }

  function formRoutes(app: FastifyInstance): void {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, parsed) =>
      parsed(null, formOf(String(body))),
    )
    app.get<{ Params: { uid: string }; Querystring: { new?: string } }>(
      `${ID_PREFIX}/in/:uid`,
      { config, schema },
      async (request, reply) => {
        const interaction = await interactionOf(request, reply)
        if (interaction === undefined) return over(request, reply)
        return answer(request, reply, interaction, { isNew: request.query.new !== undefined })
      },
    )
    app.post<{ Params: { uid: string }; Body: Form }>(
      `${ID_PREFIX}/in/:uid`,
      { config, schema, bodyLimit: FORM_BYTES_MAX },
      async (request, reply) => {
        const interaction = await interactionOf(request, reply)
        if (interaction === undefined) return over(request, reply)
        const { kind, login, person } = request.body
        const isNew = kind === 'new'
        const result = isNew ? await make(request) : await prove(request)
        if ('fault' in result) return answer(request, reply, interaction, { isNew, login, person, ...result })
        const provider = await service.at(originOf(request))
        const to = await provider.interactionResult(request.raw, reply.raw, { login: { accountId: result.subject } })
        return reply.redirect(to, 303)
      },
    )
    app.get(`${ID_PREFIX}/in/:uid/leave`, { config, schema }, async (request, reply) => {
      const interaction = await interactionOf(request, reply)
      if (interaction === undefined) return over(request, reply)
      const provider = await service.at(originOf(request))
      const error = { error: 'access_denied', error_description: 'left' }
      return reply.redirect(await provider.interactionResult(request.raw, reply.raw, error), 303)
    })
  }

  /** The body stays in the socket: the service reads it. */
  function protocolRoutes(app: FastifyInstance): void {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null))
    app.route({
      method: ['GET', 'POST', 'OPTIONS'],
      url: `${ID_PREFIX}/*`,
      config,
      schema,
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        reply.hijack()
        for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value as string)
        await service.serve(originOf(request), request.raw, reply.raw)
      },
    })
  }

  async function prove(request: FastifyRequest<{ Body: Form }>): Promise<{ subject: string } | { fault: Fault }> {
    const { login, password } = request.body
    const nowMs = clock.monotonicMs()
    if (!wrong.mayTry(request.ip, nowMs)) return { fault: 'throttled' }
    wrong.failed(request.ip, nowMs)
    const subject = await subjectOf(login, password.trim())
    if (subject === undefined) return { fault: 'wrong' }
    wrong.forgiven(request.ip, nowMs)
    return { subject }
  }

  async function subjectOf(login: string, password: string): Promise<string | undefined> {
    if (login.trim() !== '' || parseAccessKey(password) === undefined) return (await logins.check(login, password))?.id
    const holder = await accounts.holderOf(password)
    return holder && subjectOfAccount(holder.accountId)
  }

  async function make(request: FastifyRequest<{ Body: Form }>): Promise<{ subject: string } | { fault: Fault }> {
    const { login, person, password } = request.body
    const nowMs = clock.monotonicMs()
    if (!made.mayTry(request.ip, nowMs)) return { fault: 'throttled' }
    made.failed(request.ip, nowMs)
    const added = await logins.add(login, person, password)
    if (added.ok) return { subject: added.value.id }
    made.forgiven(request.ip, nowMs)
    return { fault: added.fault.code }
  }

  async function interactionOf(request: FastifyRequest, reply: FastifyReply): Promise<Interaction | undefined> {
    const provider = await service.at(originOf(request))
    try {
      return await provider.interactionDetails(entered(originOf(request), request.raw), reply.raw)
    } catch (error) {
      if ((error as Error).name === 'SessionNotFound') return undefined
      throw error
    }
  }

  function answer(
    request: FastifyRequest<{ Params: { uid: string } }>,
    reply: FastifyReply,
    interaction: Interaction,
    page: { isNew: boolean; fault?: Fault; login?: string; person?: string },
  ): FastifyReply {
    const language = languageOf(request, interaction)
    const html = signInPage({ ...page, language, action: `${ID_PREFIX}/in/${interaction.uid}` })
    const status = page.fault === 'throttled' ? 429 : page.fault === undefined ? 200 : 422
    return reply.code(status).type('text/html; charset=utf-8').header('cache-control', 'no-store').send(html)
  }

  function over(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const html = overPage(signInLanguageOf(request.headers['accept-language']))
    return reply.code(410).type('text/html; charset=utf-8').header('cache-control', 'no-store').send(html)
  }
}

function languageOf(request: FastifyRequest, { params }: Interaction): SignInLanguage {
  const wanted = typeof params.ui_locales === 'string' ? params.ui_locales : request.headers['accept-language']
  return signInLanguageOf(wanted)
}

function formOf(text: string): Form {
  const fields = new URLSearchParams(text)
  const get = (name: string): string => (fields.get(name) ?? '').slice(0, 200)
  return { kind: get('kind'), login: get('login'), person: get('person'), password: get('password') }
}
