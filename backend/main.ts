// Composition: opens the store and the rooms around it and hands out the two ports that a gateway needs. The only file of the backend that
// knows which engine is behind the store. Whoever starts it listens on `app` and brings clock, log and environment.

import { mkdirSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import type { Clock } from '../shared/kernel/clock.ts'
import type { Result } from '../shared/kernel/result.ts'
import type { CommandPort } from '../shared/port/command-port.ts'
import type { DongleDirectory } from '../shared/port/dongle-directory.ts'
import type { IngestPort, Readiness } from '../shared/port/ingest-port.ts'
import type { OrderBook } from '../shared/port/order-book.ts'
import type { Tracing } from '../shared/port/tracing.ts'
import type { UpdatePort } from '../shared/port/update-port.ts'
import { readTrust, type Trust } from '../shared/schema/release.ts'
import { createCookies } from './access/cookies.ts'
import { createIdentification } from './access/identify.ts'
import { createShownCertificate } from './access/shown-certificate.ts'
import { openEmbeddedRegister } from './access-register/embedded.ts'
import { type HttpRegisterOptions, openHttpRegister } from './access-register/http.ts'
import { openMarketFeed } from './access-register/market-feed.ts'
import { type Accounts, openAccounts } from './accounts/accounts.ts'
import { createDdiGuard } from './accounts/ddi-guard.ts'
import { openIdentities } from './accounts/identities.ts'
import { openLocks } from './accounts/lock.ts'
import { createNoteMandated, openMandatedReads } from './accounts/mandated-reads.ts'
import { openMandates } from './accounts/mandates.ts'
import { openPeople } from './accounts/people.ts'
import { openRoles } from './accounts/roles.ts'
import { openSessions } from './accounts/sessions.ts'
import { buildApp } from './app.ts'
import { signHead } from './audit/heads.ts'
import type { BackendConfig } from './config.ts'
import { openConsent } from './consent/compose.ts'
import type { PermissionRegister } from './consent/register.ts'
import { type OpenDelivery, openDelivery } from './delivery/compose.ts'
import { createEspOf } from './delivery/esp-of.ts'
import { openDoctor } from './doctor/doctor.ts'
import { openCare } from './dongles/care.ts'
import { openDongleRegister } from './dongles/dongle-register.ts'
import { openOrders } from './dongles/order-book.ts'
import { openEspCertificates } from './esps/certificates.ts'
import { openEspKeys } from './esps/keys.ts'
import { AUDIT_KEY, signingKeyOf } from './esps/signing-key.ts'
import { openTlsDoor, type TlsDoor } from './esps/tls-door.ts'
import { openEspTokens } from './esps/tokens.ts'
import { openIngest } from './ingest/ingest.ts'
import { createFanOut } from './live/fan-out.ts'
import { showWhatSiblingsStore } from './live/stored-elsewhere.ts'
import { createBackups } from './operating/backups.ts'
import { openOperateEvents } from './operating/events.ts'
import { createTails } from './operating/tails.ts'
import { createOperator, type Operator } from './operator.ts'
import { DAY_S } from './privacy/classes.ts'
import { retain } from './privacy/retention.ts'
import { createClockWatch } from './siblings/clock-watch.ts'
import { commandsToAll } from './siblings/commands.ts'
import { openTalk } from './siblings/talk.ts'
import { openLogins } from './sign-in/embedded/logins.ts'
import { openEmbeddedService } from './sign-in/embedded/provider.ts'
import { createOriginOf } from './sign-in/origin.ts'
import { createRelyingParty } from './sign-in/relying-party.ts'
import { stopInOrder } from './stop-steps.ts'
import type { KekFault } from './store/key-ring.ts'
import { openPostgresStore } from './store/postgres/postgres-store.ts'
import { openSqliteStore } from './store/sqlite/sqlite-store.ts'
import type { GroupObserver, Store } from './store/store.ts'
import { createDisk, watchDisk } from './supervision/disk.ts'
import { createFigures, watchFigures } from './supervision/figures.ts'
import { type BackendMetrics, createMetrics } from './supervision/metrics.ts'
import { VERSION } from './supervision/process.ts'
import { createTenureEnding } from './tenures/endings.ts'
import { eraseAgain } from './tenures/erasing.ts'
import { openTenures, type Tenures } from './tenures/tenures.ts'
import { openUpdates } from './updates/updates.ts'

export interface BackendOptions {
  config: BackendConfig
  log: FastifyBaseLogger
  registry: Registry
  clock: Clock
  /** Only registers are written, beside a platform that may be running on the same data. */
  isGuest?: boolean
  /** Absent: no batch is followed. */
  tracing?: Tracing
}

export interface Backend extends Operator {
  ingest: IngestPort
  directory: DongleDirectory
  /** What is asked of dongles; the gateway reads from it. */
  book: OrderBook
  /** Updates for dongles; the gateway asks it. */
  updates: UpdatePort
  /** Who may be given what, at this instant; whoever delivers asks it. */
  permissions: PermissionRegister
  /** ESPs' streams: who may come, and where their messages are to go. */
  streams: OpenDelivery['streams']
  /** All of REST, live and the portal; not yet listening. */
  app: FastifyInstance
  /** Listens where the settings say: for everybody, and for ESPs' machines that show a certificate. */
  listen(): Promise<BackendPorts>
  /** Nobody has an account: a new database. */
  isNew(): Promise<boolean>
  /** Resolves when no dongle is being looked at. */
  settled(): Promise<void>
  /** Where wishes for live delivery go; until then they are dropped. */
  attachCommands(commands: CommandPort): void
  /** Ends streams, finishes the commits that wait, closes the file. */
  stop(): Promise<void>
}

export interface BackendPorts {
  httpPort: number
  /** Undefined: no such listener is set up. */
  espTlsPort: number | undefined
}

const PROBE_EVERY_MS = 1000
const HTTP_CUT_EVERY_MS = 1000
/** A head is 250 bytes. */
const HEAD_EVERY_S = 600

/** Throws an Error with one clear sentence when the key-encryption key is missing or wrong, or the database is newer than the program. */
export async function openBackend({
  config,
  log,
  registry,
  clock,
  isGuest = false,
  tracing,
}: BackendOptions): Promise<Backend> {
  const trust = trustOf(config)
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  const metrics = createMetrics(registry)
  const opened = await openStore(config, isGuest, observerOf(metrics, log))
  if (!opened.ok) throw new Error(`${KEK_SENTENCES[opened.fault.code]}: ${opened.fault.where}`)
  const store = opened.value
  metrics.readiness({ isReady: true })
  // In trouble it is tried again by the probe and by every commit; readiness says so.
  if (!isGuest) await store.recover().catch(() => undefined)

  let ownCommands: CommandPort | undefined
  let tlsDoor: TlsDoor | undefined
  const talk = openTalk(store.siblings, clock)
  const watchClock = createClockWatch(log)
  const commands = commandsToAll(talk, () => ownCommands)
  const accounts = openAccounts(store, clock)
  const consent = await openConsent({
    ...{ store, talk, clock, platformUrl: config.publicUrl ?? '' },
    broken: error => log.error({ error: (error as Error).message }, 'something is wrong with permissions'),
  })
  const { permissions, nowMs } = consent
  const tenures = openTenures(store, createTenureEnding(permissions, nowMs))
  const dongles = openDongleRegister(store, clock)
  const orders = openOrders(store, clock, commands.wake)
  const fanOut = createFanOut(talk)
  talk.hear({ batch: showWhatSiblingsStore(store, fanOut) })
  talk.onMissed(fanOut.endAll) // pages come again, and say what they have
  const updates = openUpdates({
    store,
    clock,
    metrics,
    trust,
    lookEveryMs: isGuest ? undefined : config.updatesLookEveryMs,
    credentials: dongles.credentials,
    mayLook: store.siblings.isFirst,
    wake: commands.wake,
    onTrouble: error => log.error({ error: (error as Error).message }, 'rollouts could not be looked at'),
  })
  const embedded = config.register === undefined ? openEmbeddedRegister(store, clock) : undefined
  const market = embedded && openMarketFeed(store, embedded, nowMs)
  const register = embedded ?? openHttpRegister(config.register as HttpRegisterOptions)
  const care = openCare({
    ...{ store, clock, log, dongles, orders, tenures, accounts, register },
    disconnect: commands.disconnect,
    requestStatus: commands.requestStatus,
    endStreams: fanOut.end,
  })
  const { custody, claimCodes } = care
  let [retainedAtS, signedAtS] = [0, 0]
  const retainDaily = async (nowS: number): Promise<void> => {
    if (nowS < retainedAtS + DAY_S) return
    const exportDays = (await consent.terms.newest())?.text.exportDays
    const retained = await retain({ store, tenures, tenureEnded: care.tenureEnded }, exportDays, nowS)
    retainedAtS = nowS
    log.info(retained, 'what is over its time was deleted')
  }
  // Not looked for in every round: a transaction holds up the readings, also one that finds nothing to do.
  const signNewest = async (nowS: number): Promise<void> => {
    if (nowS < signedAtS + HEAD_EVERY_S) return
    const head = await signHead(store.registers, await signingKeyOf(store, AUDIT_KEY), nowS, HEAD_EVERY_S)
    signedAtS = nowS
    // Logs go elsewhere: there a head is out of reach of who may write the database.
    if (head !== undefined) log.info({ head: `${head.no}:${head.hash}` }, 'the audit’s newest link was signed')
  }
  const tend = async (): Promise<void> => {
    await market?.due()
    await care.tend()
    await retainDaily(clock.wallS())
    await signNewest(clock.wallS())
  }
  const mandatedReads = openMandatedReads(store, nowMs)
  const tails = createTails(talk)
  const figures = createFigures(store, clock, config.figuresMaxAgeMs)
  // PostgreSQL's files are not ours to look at: whoever runs it watches its disk, and makes its backups.
  const isOfFiles = store.copyTo !== undefined
  const disk = isOfFiles ? createDisk(databaseIn(config.dataDir), config.dataDir, config.storeBytesMax) : undefined
  const noteOperation = openOperateEvents(store, clock)
  const backups = createBackups({
    store,
    dir: config.backupDir,
    version: VERSION,
    nowS: clock.wallS,
    note: (actor, name) => noteOperation(actor, 'backup-taken', { detail: name }),
    ended: error => {
      if (error === undefined) metrics.backupSeconds.set(backups.newestAtS() ?? 0)
      else log.error({ error: error.message }, 'a backup could not be made')
    },
  })
  metrics.backupSeconds.set(isOfFiles ? (backups.newestAtS() ?? 0) : Number.NaN)
  watchFigures(registry, figures)
  if (disk !== undefined) watchDisk(registry, disk)
  const doctor = openDoctor(store, clock, dongles, orders, care.heard)
  const access = openAccess(store, accounts, tenures, config, clock, fanOut.end)
  const delivery = await openDelivery({
    ...{ store, talk, permissions, clock, nowMs, registry, isGuest, chance: Math.random },
    mayBePrivate: config.mayWebhooksBePrivate,
    espOf: createEspOf(access.espTokens, config.publicUrl),
    trouble: error => log.error({ error: error.message }, 'a delivery to an ESP failed on our side; it is tried again'),
  })
  const own = config.oidc === undefined ? openOwnService(store, accounts, clock) : undefined
  const termsHold = consent.terms.hold
  const relyingParty = createRelyingParty({
    oidc: config.oidc,
    askEmbedded: (url, { method, headers, body }) => askApp(app, url, method, headers, body),
    signingKey: access.espTokens.signingKey,
    onTrouble: error => log.warn({ error: error.message }, 'a sign-in did not come to its end'),
  })
  const app: FastifyInstance = await buildApp({
    store,
    tenures,
    dongles,
    orders,
    doctor,
    updates,
    ddi: updates.ddi,
    ...access,
    ...createIdentification({
      ...{ ...access, clock, keys: config, termsHold },
      ddiGuard: createDdiGuard(config.ddiGatewayToken, updates.ddi.enter, clock),
    }),
    ...{ relyingParty, termsHold },
    ownIdentityService: own && { ...own, accounts, originOf: access.originOf, clock },
    publicUrl: config.publicUrl,
    espTlsUrl: config.espTlsUrl,
    trustedProxies: config.trustedProxies,
    endStreamsOfEsp: delivery.proofsChanged,
    ddiPollS: config.ddiPollS,
    fanOut,
    claimCodes,
    custody,
    embedded,
    market,
    ...{ mandatedReads, noteMandated: createNoteMandated(mandatedReads) },
    ...consent,
    ...delivery.routes,
    nowMs,
    link: care.link,
    tend,
    clock,
    metrics,
    registry,
    ...{ tails, figures, disk, backups, noteOperation, startedAtS: clock.wallS() },
    newestBackupAtS: isOfFiles ? backups.newestAtS : undefined,
    log,
    portalDir: config.portalDir,
    flashPageDir: config.flashPageDir,
    streamsMax: config.liveStreamsMax,
    qualityEveryMs: config.liveQualityEveryMs,
    askEveryMs: config.liveAskEveryMs,
    tenureEnded: care.tenureEnded,
    requestLive: commands.requestLive,
  })
  if (!isGuest) {
    const again = await eraseAgain({ store, tenures, tenureEnded: care.tenureEnded }, clock.wallS())
    if (again > 0)
      log.warn(
        { tenures: again },
        'tenures that were erased were there again, as after a restore, and are erased again',
      )
  }
  const probing = setInterval(() => {
    const databaseS = isGuest ? undefined : store.siblings.databaseS()
    if (databaseS !== undefined) watchClock(nowMs() / 1000 - databaseS)
    void mandatedReads.flush().catch(() => undefined) // readiness tells of a store in trouble
    if (!store.readiness().isReady) void store.probe()
  }, PROBE_EVERY_MS)
  probing.unref()
  let tending: Promise<void> | undefined
  const rounds = setInterval(() => {
    if (isGuest || !store.siblings.isFirst()) return // another does that
    tending ??= tend()
      .catch((error: Error) =>
        log.warn({ error: error.message }, 'a round over the dongles failed; the next one follows'),
      )
      .finally(() => {
        tending = undefined
      })
  }, config.tendEveryMs)
  rounds.unref()
  const stopWatching = isGuest
    ? undefined
    : permissions.watch(error =>
        log.error(
          { error: (error as Error).message },
          'permissions whose time is over could not be ended; tried again',
        ),
      )

  return {
    ...createOperator({
      store,
      accounts,
      tenures,
      dongles,
      custody,
      claimCodes,
      embedded,
      espKeys: access.espKeys,
      link: care.link,
      tend,
      tenureEnded: care.tenureEnded,
      clock,
    }),
    ingest: openIngest(store, { ...care, note: doctor.note }, fanOut, metrics, tails, delivery.outbox, tracing),
    streams: delivery.streams,
    directory: { ...dongles, suspect: care.suspect },
    book: { next: orders.next, answered: doctor.answered },
    updates: updates.desk,
    permissions,
    app,
    async listen() {
      if (config.espTls !== undefined) tlsDoor = await openTlsDoor({ host: config.host, ...config.espTls }, app)
      await app.listen({ host: config.host, port: config.port })
      return { httpPort: (app.server.address() as AddressInfo).port, espTlsPort: tlsDoor?.port }
    },
    isNew: accounts.isNobody,
    settled: care.idle,
    attachCommands(port) {
      ownCommands = port
    },
    stop: () =>
      stopInOrder(
        {
          probes: () => clearInterval(probing),
          updates: updates.stop,
          rounds: () => clearInterval(rounds),
          permissions: () => stopWatching?.(),
          siblings: talk.stop,
          round: () => tending,
          care: care.idle,
          machines: () => tlsDoor?.close(),
          pages: fanOut.endAll,
          tails: tails.endAll,
          http: () => closeHttp(app),
          looks: () =>
            mandatedReads
              .flush(true)
              .catch((error: Error) =>
                log.error({ error: error.message }, 'looks of mandated persons were not counted'),
              ),
          delivery: delivery.stop,
          store: store.close,
        },
        log,
      ),
  }
}

/** Fastify cuts the connections that it has when it begins to close; one that comes in that moment is cut by the next look. */
async function closeHttp(app: FastifyInstance): Promise<void> {
  const cutting = setInterval(() => app.server.closeAllConnections(), HTTP_CUT_EVERY_MS)
  try {
    await app.close()
  } finally {
    clearInterval(cutting)
  }
}

/** Who people and machines are, and what they may. */
function openAccess(
  store: Store,
  accounts: Accounts,
  tenures: Tenures,
  { publicUrl, certificateHeader, trustedProxies }: BackendConfig,
  clock: Clock,
  endStreams: (tenureNo: number) => void,
) {
  const roles = openRoles(store, clock)
  const espKeys = openEspKeys(store, clock)
  const espCertificates = openEspCertificates(store, clock)
  // who no longer may look must not go on looking: the giver's own streams come again by themselves
  const endStreamsOf = async (accountNo: number): Promise<void> => {
    for (const { tenureNo } of await tenures.holdingsOf(accountNo)) endStreams(tenureNo)
  }
  return {
    ...{ accounts, roles, espKeys, espCertificates, endStreamsOf },
    people: openPeople(store, roles),
    identities: openIdentities(store, clock),
    locks: openLocks(store, clock, endStreamsOf),
    sessions: openSessions(store, clock),
    mandates: openMandates(store, clock, endStreamsOf),
    espTokens: openEspTokens(store, espKeys, espCertificates, clock),
    cookies: createCookies(publicUrl),
    originOf: createOriginOf(publicUrl),
    shownCertificate: createShownCertificate(certificateHeader, trustedProxies),
  }
}

function openOwnService(store: Store, accounts: Accounts, clock: Clock) {
  const logins = openLogins(store, clock)
  return { logins, service: openEmbeddedService({ logins, accounts, clock }) }
}

/** What the platform asks its own identity service stays in the process: it needs no port, and no certificate that it trusts. */
async function askApp(
  app: FastifyInstance,
  url: string,
  method: string,
  headers: { [name: string]: string },
  body: unknown,
): Promise<Response> {
  const { host, pathname, search } = new URL(url)
  const payload = body instanceof URLSearchParams ? body.toString() : (body as string | undefined)
  const answer = await app.inject({
    method: method as 'GET',
    url: pathname + search,
    headers: { ...headers, host },
    ...(payload === undefined ? {} : { payload }),
  })
  return new Response(answer.body, {
    status: answer.statusCode,
    headers: { 'content-type': String(answer.headers['content-type']) },
  })
}

async function openStore(
  { databaseUrl, dataDir, kek, kekFile, keyTreeFile, storeBytesMax }: BackendConfig,
  isGuest: boolean,
  observer: GroupObserver,
): Promise<Result<Store, KekFault>> {
  if (databaseUrl !== undefined)
    return openPostgresStore({ url: databaseUrl, kek, kekFile, keyTreeFile, observer, isGuest })
  return openSqliteStore({
    path: databaseIn(dataDir),
    kek,
    kekFile,
    keyTreeFile,
    bytesMax: storeBytesMax,
    isGuest,
    observer,
  })
}

function databaseIn(dataDir: string): string {
  return join(dataDir, 'nrt.sqlite')
}

/** Throws an Error with one clear sentence when the file of keys is not one: a server that should trust nobody in silence would be worse. */
function trustOf({ releaseKeysFile, releaseThreshold }: BackendConfig): Trust | undefined {
  if (releaseKeysFile === undefined) return undefined
  const read = readTrust(readFileSync(releaseKeysFile, 'utf8'), releaseThreshold)
  if (read.ok) return read.value
  const where = 'line' in read.fault ? `, line ${read.fault.line}` : ''
  throw new Error(`${TRUST_SENTENCES[read.fault.code]}: ${releaseKeysFile}${where}`)
}

const TRUST_SENTENCES = {
  'trust.line': 'The file of release keys has a line that is no key',
  'trust.twice': 'The file of release keys has a key twice',
  'trust.threshold': 'The file of release keys has fewer keys than NRT_RELEASE_THRESHOLD asks for',
}

const KEK_SENTENCES = {
  'kek.malformed': 'The key-encryption key is not 64 hexadecimal digits',
  'kek.missing': 'There is a database, but its key-encryption key is missing; restore it or set NRT_KEK',
  'kek.wrong': 'The key-encryption key is not the one this database was made with',
  'key-tree.missing': 'There is a database, but its key tree is missing; restore it or set NRT_KEY_TREE_FILE',
  'key-tree.malformed': 'The key tree is not one, or was damaged',
  'key-tree.wrong': 'The key tree is not the one of this database',
}

/** One log line per change of readiness, not one per refused group. */
function observerOf(metrics: BackendMetrics, log: FastifyBaseLogger): GroupObserver {
  return {
    committed(batches, seconds) {
      metrics.commitSeconds.observe(seconds)
      metrics.groupBatches.observe(batches)
    },
    poisoned() {
      metrics.deadLetters.inc({ reason: 'poison' })
      log.error('a batch could not be stored for an unforeseen reason and was put aside')
    },
    migrated(from, to) {
      log.info({ from, to }, 'the database was brought to this program’s version of the schema')
    },
    readinessChanged(readiness: Readiness) {
      metrics.readiness(readiness)
      if (readiness.isReady) log.info('the store takes batches again')
      else log.warn({ reason: readiness.reason }, 'the store takes no batches; dongles keep their readings')
    },
  }
}
