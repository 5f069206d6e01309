// The HTTP application: plugins, headers, problems and routes in one visible order. It knows what is served where; what a route answers is
// in its own room. The log has one line per request with the route's pattern, never the address: no id, EAN or key stands in it.

import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { BlockList } from 'node:net'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import swagger from '@fastify/swagger'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { Registry } from 'prom-client'
import { PROBLEMS } from '../shared/schema/problem.ts'
import { type Cookies, keyToCookie } from './access/cookies.ts'
import { guardRoutes, type Identify, registerUnder, type TermsHold } from './access/gate.ts'
import { isAmong } from './access/shown-certificate.ts'
import { type RegisterRooms, registerRoutes } from './access-register/routes.ts'
import { type PeopleRooms, peopleRoutes } from './accounts/routes.ts'
import { ASYNCAPI } from './api/asyncapi.ts'
import { type Description, describeApi } from './api/describe.ts'
import examples from './api/examples.json' with { type: 'json' }
import { answerOnce } from './api/once.ts'
import { linkNextPages } from './api/pages.ts'
import { ENDINGS, sayWhatEnds } from './api/versions.ts'
import { type AuditRooms, auditRoutes } from './audit/routes.ts'
import { type CatalogueRooms, catalogueRoutes } from './catalogue/routes.ts'
import { schemaController } from './compiled-schemas.ts'
import { type EspConsentRooms, espConsentRoutes } from './consent/esp-routes.ts'
import { type ConsentRooms, consentRoutes } from './consent/own-routes.ts'
import { type TermsRooms, termsRoutes } from './consent/terms-routes.ts'
import { type DeliveryRooms, deliveryRoutes } from './delivery/routes.ts'
import { type DoctorRooms, doctorRoutes } from './doctor/routes.ts'
import { type OwnDongleRooms, ownDongleRoutes } from './dongles/own-routes.ts'
import { type RegistrationRooms, registrationRoutes } from './dongles/registration-routes.ts'
import { type DongleRooms, dongleRoutes } from './dongles/routes.ts'
import { type EspAccessRooms, espRoutes, tokenRoutes } from './esps/routes.ts'
import { type LiveRooms, liveRoutes } from './live/routes.ts'
import { meteringPointRoutes } from './metering-points/routes.ts'
import { OPENAPI } from './openapi.ts'
import { type OperatingRooms, operatingRoutes } from './operating/routes.ts'
import { answerError, sendProblem } from './problem.ts'
import { type EmbeddedRoutesRooms, embeddedRoutes } from './sign-in/embedded/routes.ts'
import { type SignInRooms, signInRoutes } from './sign-in/routes.ts'
import type { Store } from './store/store.ts'
import { supervisionRoutes } from './supervision/routes.ts'
import { type TenureRooms, tenureRoutes } from './tenures/routes.ts'
import { type DdiRooms, ddiRoutes } from './updates/ddi-routes.ts'
import { type UpdateRooms, updateRoutes } from './updates/routes.ts'

// Everything the portal needs comes from here; nothing else may run, load or frame it.
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

export interface AppRooms
  extends LiveRooms,
    DongleRooms,
    RegistrationRooms,
    OwnDongleRooms,
    RegisterRooms,
    UpdateRooms,
    DdiRooms,
    DoctorRooms,
    AuditRooms,
    CatalogueRooms,
    ConsentRooms,
    EspConsentRooms,
    TermsRooms,
    TenureRooms,
    DeliveryRooms,
    OperatingRooms,
    PeopleRooms,
    EspAccessRooms,
    SignInRooms {
  store: Store
  registry: Registry
  log: FastifyBaseLogger
  portalDir: string
  flashPageDir: string
  identify: Identify
  termsHold: TermsHold
  cookies: Cookies
  /** Whose word about where a request comes from is taken; absent: nobody's. */
  trustedProxies: BlockList | undefined
  /** Absent: people sign in at somebody else's identity service. */
  ownIdentityService: EmbeddedRoutesRooms | undefined
}

export async function buildApp(rooms: AppRooms): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: rooms.log as FastifyBaseLogger,
    // Fastify's own lines hold addresses; ours is in logRequests().
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: (_error, request, reply) => void sendProblem(request, reply, 'request.invalid'),
    forceCloseConnections: true,
    // Random, so that no two processes or starts have the same: it is how somebody who reports an error names it.
    genReqId: () => randomBytes(6).toString('hex'),
    bodyLimit: 65_536,
    // Else everybody behind a proxy has its address, and one who guesses would hold up all.
    trustProxy: address => rooms.trustedProxies !== undefined && isAmong(rooms.trustedProxies, address),
    schemaController,
    routerOptions: { maxParamLength: 100 },
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, 'route.unknown'))
  app.addHook('onRequest', async (request, reply) => void reply.headers({ ...HEADERS, 'x-request-id': request.id }))
  keyToCookie(app, rooms.cookies)
  guardRoutes(app as unknown as FastifyInstance, rooms.identify, rooms.termsHold)
  answerOnce(app as unknown as FastifyInstance, {
    registers: rooms.store.registers,
    keys: rooms.store.keys,
    nowMs: rooms.nowMs,
  })
  linkNextPages(app as unknown as FastifyInstance)
  sayWhatEnds(app as unknown as FastifyInstance, ENDINGS)
  logRequests(app, rooms)
  await app.register(swagger, { openapi: OPENAPI })
  await app.register(supervisionRoutes(rooms.store, rooms.registry))
  await app.register(meteringPointRoutes(rooms), { prefix: '/api/v1' })
  await app.register(liveRoutes(rooms), { prefix: '/api/v1' })
  await app.register(dongleRoutes(rooms), { prefix: '/api/v1' })
  await app.register(auditRoutes(rooms), { prefix: '/api/v1' })
  await app.register(operatingRoutes(rooms), { prefix: '/api/v1' })
  await app.register(doctorRoutes(rooms), { prefix: '/api/v1' })
  await app.register(registrationRoutes(rooms), { prefix: '/api/v1' })
  await app.register(updateRoutes(rooms), { prefix: '/api/v1' })
  await app.register(ddiRoutes(rooms))
  await app.register(ownDongleRoutes(rooms), { prefix: '/api/v1' })
  await app.register(registerRoutes(rooms), { prefix: '/api/v1' })
  await app.register(termsRoutes(rooms), { prefix: '/api/v1' })
  await app.register(catalogueRoutes(rooms), { prefix: '/api/v1' })
  await app.register(consentRoutes(rooms), { prefix: '/api/v1' })
  await app.register(espConsentRoutes(rooms), { prefix: '/api/v1' })
  await app.register(tenureRoutes(rooms), { prefix: '/api/v1' })
  await app.register(deliveryRoutes(rooms), { prefix: '/api/v1' })
  await app.register(peopleRoutes(rooms), { prefix: '/api/v1' })
  await app.register(espRoutes(rooms), { prefix: '/api/v1' })
  await app.register(tokenRoutes(rooms))
  await app.register(signInRoutes(rooms))
  if (rooms.ownIdentityService !== undefined) await app.register(embeddedRoutes(rooms.ownIdentityService))
  const described = { config: { access: 'pages.see' }, schema: { hide: true } } as const
  const openApi = describedOnce(app)
  app.get('/openapi.json', described, async () => openApi())
  app.get('/asyncapi.json', described, async () => ASYNCAPI)
  await serveProblemPages(app)
  await serveFlashPage(app, rooms.flashPageDir)
  await servePortal(app, rooms.portalDir)
  await app.ready()
  return app as unknown as FastifyInstance
}

/** It is thousands of lines, and the same for the life of the process. */
function describedOnce(app: FastifyInstance): () => object {
  let made: object | undefined
  return () => {
    made ??= describeApi(app.swagger() as unknown as Description, examples, ENDINGS)
    return made
  }
}

function logRequests(app: FastifyInstance, { metrics }: AppRooms): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    const labels = { method: request.method, route, status: String(reply.statusCode) }
    const seconds = reply.elapsedTime / 1000
    metrics.requestSeconds.observe(labels, seconds)
    request.log.info({ ...labels, seconds: Number(seconds.toFixed(4)) }, 'request')
  })
}

/** A problem's `type` is an address: the page behind it is the same text as in docs. */
async function serveProblemPages(app: FastifyInstance): Promise<void> {
  const root = join(import.meta.dirname, '..', 'docs', 'problems')
  await app.register(fastifyStatic, { root, serve: false })
  const slugs = new Set<string>(Object.values(PROBLEMS).map(problem => problem.slug))
  app.get<{ Params: { slug: string } }>(
    '/problems/:slug',
    { config: { access: 'pages.see' }, schema: { hide: true } },
    (request, reply) => {
      const { slug } = request.params
      if (!slugs.has(slug)) return sendProblem(request, reply, 'route.unknown')
      return reply.type('text/markdown; charset=utf-8').sendFile(`${slug}.md`)
    },
  )
}

/** The page that makes dongles, if it was built; it holds nothing secret, and the key is asked for by its routes. */
async function serveFlashPage(app: FastifyInstance, root: string): Promise<void> {
  if (!existsSync(root)) return
  await registerUnder(app, 'pages.see', fastifyStatic, { root, prefix: '/flash/', decorateReply: false, maxAge: 0 })
}

/** The built portal, if it was built; without it the API works all the same. */
async function servePortal(app: FastifyInstance, root: string): Promise<void> {
  if (existsSync(root)) {
    // redirect: /operator is a folder
    const options = { root, decorateReply: false, preCompressed: true, maxAge: 0, redirect: true }
    await registerUnder(app, 'pages.see', fastifyStatic, options)
    return
  }
  app.get('/', { config: { access: 'pages.see' }, schema: { hide: true } }, (request, reply) =>
    sendProblem(request, reply, 'route.unknown', 'The portal is not built: npm run build:portal'),
  )
}
