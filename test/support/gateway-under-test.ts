// A real gateway on free ports with fakes of the backend's two ports: a directory in memory and an ingest that commits when
// the test says so. The fakes keep the interface's promises (outcomes in order, rejects when nothing is durable).

import { Registry } from 'prom-client'
import { type GatewayConfig, gatewayConfig } from '../../gateway/config.ts'
import type { Log } from '../../gateway/log.ts'
import { type Gateway, startGateway } from '../../gateway/main.ts'
import { spanOf } from '../../shared/batch/batch.ts'
import type {
  DongleCredentials,
  DongleDirectory,
  DongleState,
  SessionMark,
} from '../../shared/port/dongle-directory.ts'
import type {
  ArrivedBatch,
  DeadLetter,
  DongleStatus,
  IngestPort,
  Readiness,
  StoreOutcome,
} from '../../shared/port/ingest-port.ts'
import type { OrderBook } from '../../shared/port/order-book.ts'
import type { UpdatePort } from '../../shared/port/update-port.ts'
import { NO_RATES } from './no-rates.ts'
import type { DongleIdentity } from './scripted-dongle.ts'

export class MemoryDirectory implements DongleDirectory {
  readonly dongles = new Map<string, DongleCredentials>()
  readonly marks = new Map<string, SessionMark>()
  isFailing = false

  register(identity: DongleIdentity, state: DongleState = 'bound'): void {
    this.dongles.set(identity.dongleId, { ...identity, state })
  }

  async credentials(dongleId: string): Promise<DongleCredentials | undefined> {
    if (this.isFailing) throw new Error('the directory is away')
    return this.dongles.get(dongleId)
  }

  async advance(dongleId: string, mark: SessionMark): Promise<'advanced' | 'old'> {
    const last = this.marks.get(dongleId)
    const isAbove =
      last === undefined || mark.boot > last.boot || (mark.boot === last.boot && mark.session > last.session)
    if (isAbove) this.marks.set(dongleId, mark)
    return isAbove ? 'advanced' : 'old'
  }
}

/** Stores at once, unless `hold` is called: then each group waits for `commit`. */
export class MemoryIngest implements IngestPort {
  readonly stored = new Map<string, ArrivedBatch>()
  readonly letters: DeadLetter[] = []
  readonly statuses: DongleStatus[] = []
  readonly groups: ArrivedBatch[][] = []
  state: Readiness = { isReady: true }
  /** Set: store and bury reject with it. */
  failure: Error | undefined
  /** What to answer for a batch; the standard is stored or duplicate. */
  outcomeOf: (batch: ArrivedBatch) => StoreOutcome | undefined = () => undefined
  private isHolding = false
  private held: (() => void)[] = []
  private readonly listeners = new Set<() => void>()

  hold(): void {
    this.isHolding = true
  }

  /** Ends the waiting group, and all later ones wait no more. */
  release(): void {
    this.isHolding = false
    for (const resume of this.held.splice(0)) resume()
  }

  /** Ends the waiting group only. */
  commit(): void {
    this.held.shift()?.()
  }

  async store(group: ArrivedBatch[]): Promise<StoreOutcome[]> {
    this.groups.push(group)
    this.notify()
    if (this.isHolding) await new Promise<void>(resume => this.held.push(resume))
    if (this.failure !== undefined) throw this.failure
    const outcomes = group.map(batch => this.outcomeOf(batch) ?? this.keep(batch))
    this.notify()
    return outcomes
  }

  async bury(letters: DeadLetter[]): Promise<void> {
    if (this.failure !== undefined) throw this.failure
    this.letters.push(...letters)
    this.notify()
  }

  async note(status: DongleStatus): Promise<void> {
    this.statuses.push(status)
    this.notify()
  }

  readiness(): Readiness {
    return this.state
  }

  /** Resolves when `isSo`, asked after each change. */
  async until(isSo: () => boolean): Promise<void> {
    await new Promise<void>(resolve => {
      const check = (): void => {
        if (!isSo()) return
        this.listeners.delete(check)
        resolve()
      }
      this.listeners.add(check)
      check()
    })
  }

  private keep(arrived: ArrivedBatch): StoreOutcome {
    const { batch, dongleId, bytes } = arrived
    const key = `${dongleId}.${batch.boot}.${batch.firstSeq}.${spanOf(batch)}`
    const known = this.stored.get(key)
    if (known === undefined) {
      this.stored.set(key, arrived)
      return { kind: 'stored' }
    }
    if (Buffer.compare(known.bytes, bytes) === 0) return { kind: 'duplicate' }
    return { kind: 'quarantined', reason: 'other-content' }
  }

  private notify(): void {
    for (const listener of [...this.listeners]) listener()
  }
}

interface LogLine {
  level: keyof Log
  facts: object
  sentence: string
}

/** Lets everything else have a turn; for polling what has no event. */
export function turn(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 1))
}

export interface GatewayUnderTest {
  gateway: Gateway
  port: number
  ingest: MemoryIngest
  directory: MemoryDirectory
  lines: LogLine[]
  /** The clock's wall time; tests may move it. */
  time: { wallS: number }
  /** A counter's or gauge's value, 0 when it never counted. */
  count(name: string, labels?: { [label: string]: string }): Promise<number>
  /** Resolves when the counter or gauge is `value`: a gauge of connections falls after the other side has seen the end. */
  untilCount(name: string, value: number): Promise<void>
  refused(reason: string): Promise<number>
  /** Resolves when the counter has reached `value`. */
  untilRefused(reason: string, value?: number): Promise<void>
}

export async function startGatewayUnderTest(
  changes: Partial<GatewayConfig> = {},
  identities: DongleIdentity[] = [],
  backend: {
    ingest?: MemoryIngest
    directory?: MemoryDirectory
    book?: OrderBook
    updates?: UpdatePort
    watchBackend?(changed: (isUp: boolean) => void): void
  } = {},
): Promise<GatewayUnderTest> {
  const { ingest = new MemoryIngest(), directory = new MemoryDirectory() } = backend
  for (const identity of identities) directory.register(identity)
  const registry = new Registry()
  const lines: LogLine[] = []
  const note =
    (level: keyof Log) =>
    (facts: object, sentence: string): number =>
      lines.push({ level, facts, sentence })
  const log: Log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') }
  const time = { wallS: 1_790_000_000 }
  const gateway = await startGateway({
    ingest,
    directory,
    book: backend.book,
    updates: backend.updates,
    watchBackend: backend.watchBackend,
    config: gatewayConfig({ mqttPort: 0, ...NO_RATES, ...changes }),
    log,
    registry,
    clock: { monotonicMs: () => performance.now(), wallS: () => time.wallS },
  })
  async function count(name: string, labels: { [label: string]: string } = {}): Promise<number> {
    const metric = await registry.getSingleMetric(`nrt_gateway_${name}`)?.get()
    const found = metric?.values.find(value =>
      Object.entries(labels).every(([label, text]) => value.labels[label] === text),
    )
    return found?.value ?? 0
  }
  const refused = (reason: string): Promise<number> => count('refused_total', { reason })
  return {
    gateway,
    port: gateway.port ?? 0,
    ingest,
    directory,
    lines,
    time,
    count,
    async untilCount(name, value) {
      while ((await count(name)) !== value) await turn()
    },
    refused,
    async untilRefused(reason, value = 1) {
      while ((await refused(reason)) < value) await turn()
    },
  }
}
