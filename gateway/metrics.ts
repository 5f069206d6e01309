// Everything the gateway counts, on a prom-client registry that the caller brings. Names start with nrt_gateway_; labels are
// short closed lists, never a dongle. On the way of a message a count costs an addition.

import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { COMMAND_OUTCOMES, type CommandOutcome } from '../shared/session/messages.ts'
import { REFUSALS } from './refusal.ts'

const MESSAGE_KINDS = ['hello', 'batch', 'status', 'result', 'chunk-wanted', 'update-report'] as const
const BATCH_OUTCOMES = ['stored', 'duplicate', 'quarantined', 'refused'] as const
type MessageKind = (typeof MESSAGE_KINDS)[number]
type BatchOutcome = (typeof BATCH_OUTCOMES)[number]

/** Read at the moment of a scrape. */
interface Gauges {
  connections(): number
  strangers(): number
  hellosWaiting(): number
  queueBatches(): number
  queueBytes(): number
  isStoreFailing(): boolean
  liveWindows(): number
  /** Epoch seconds; undefined without a TLS listener. */
  certificateEndsAtS: number | undefined
}

export interface Metrics {
  refused(reason: string): void
  message(kind: MessageKind): void
  batch(outcome: BatchOutcome): void
  readings(count: number): void
  command(outcome: CommandOutcome | 'sent'): void
  commit(seconds: number, batches: number): void
  storeFailed(): void
  ack(seconds: number): void
  ackSent(isDelivered: boolean): void
  probeAnswered(): void
  sessionOpened(): void
  /** Says where the gauges are read; once, when the gateway is composed. */
  watch(gauges: Gauges): void
}

export function createMetrics(registry: Registry): Metrics {
  // A gateway that is started again in the same process counts from zero, as one in a new process does.
  for (const { name } of registry.getMetricsAsArray())
    if (name.startsWith('nrt_gateway_')) registry.removeSingleMetric(name)
  const registers = [registry]
  const refused = boundCounter(registers, 'refused_total', 'What was turned away, by reason', 'reason', REFUSALS)
  const messages = boundCounter(registers, 'messages_total', 'Authentic messages, by kind', 'kind', MESSAGE_KINDS)
  const batches = boundCounter(registers, 'batches_total', 'Batches by what became of them', 'outcome', BATCH_OUTCOMES)
  const commands = boundCounter(registers, 'commands_total', 'Commands to dongles', 'outcome', [
    'sent',
    ...COMMAND_OUTCOMES,
  ] as const)
  const acks = boundCounter(registers, 'acks_total', 'Ack messages', 'outcome', ['sent', 'undeliverable'])
  const readings = plainCounter(registers, 'readings_total', 'Readings in stored batches')
  const storeFailures = plainCounter(registers, 'store_failures_total', 'Groups that the store rejected')
  const probes = plainCounter(registers, 'probes_total', 'UDP probes of dongles that were answered')
  const sessions = plainCounter(registers, 'sessions_total', 'Sessions that dongles have opened')
  const commitSeconds = histogram(registers, 'commit_seconds', 'One durable group commit', 0.0005, 14)
  const groupBatches = histogram(registers, 'group_batches', 'Batches per group commit', 1, 11)
  const ackSeconds = histogram(registers, 'ack_seconds', 'From a batch arriving to its ack going out', 0.0005, 16)

  return {
    refused,
    message: messages,
    batch: batches,
    readings,
    command: commands,
    commit(seconds, count) {
      commitSeconds.observe(seconds)
      groupBatches.observe(count)
    },
    storeFailed: storeFailures,
    ack: seconds => ackSeconds.observe(seconds),
    probeAnswered: probes,
    sessionOpened: sessions,
    ackSent: isDelivered => acks(isDelivered ? 'sent' : 'undeliverable'),
    watch(gauges) {
      gauge(registers, 'connections', 'Authenticated connections', () => gauges.connections())
      gauge(registers, 'strangers', 'Connections that are not authenticated yet', () => gauges.strangers())
      gauge(registers, 'hellos_waiting', 'TLS clients that wait for the turn of their handshake', () =>
        gauges.hellosWaiting(),
      )
      gauge(registers, 'queue_batches', 'Batches waiting for or in a commit', () => gauges.queueBatches())
      gauge(registers, 'queue_bytes', 'Memory those take, in bytes', () => gauges.queueBytes())
      gauge(registers, 'store_failing', '1 while the store rejects groups', () => (gauges.isStoreFailing() ? 1 : 0))
      gauge(registers, 'live_windows', 'Dongles for which somebody asked for live delivery', () => gauges.liveWindows())
      const endsAtS = gauges.certificateEndsAtS
      if (endsAtS === undefined) return
      gauge(
        registers,
        'certificate_end_timestamp_seconds',
        'When the certificate of the TLS listener ends',
        () => endsAtS,
      )
    },
  }
}

/** What is counted on the way of a message is a number of ours; the registry gets it when somebody asks. */
function boundCounter(
  registers: Registry[],
  name: string,
  help: string,
  label: string,
  values: readonly string[],
): (value: string) => void {
  // Every known value shows as 0 from the start, so that an alert can tell "never" from "not there".
  const counts = new Map<string, number>(values.map(value => [value, 0]))
  const collect = function (this: Counter): void {
    for (const [value, count] of counts) {
      this.inc({ [label]: value }, count)
      counts.set(value, 0)
    }
  }
  new Counter({ name: `nrt_gateway_${name}`, help, labelNames: [label], registers, collect })
  return value => counts.set(value, (counts.get(value) ?? 0) + 1)
}

function plainCounter(registers: Registry[], name: string, help: string): (count?: number) => void {
  let counted = 0
  const collect = function (this: Counter): void {
    this.inc(counted)
    counted = 0
  }
  new Counter({ name: `nrt_gateway_${name}`, help, registers, collect })
  return (count = 1) => {
    counted += count
  }
}

/** Buckets double from `first`. */
function histogram(registers: Registry[], name: string, help: string, first: number, count: number): Histogram {
  const buckets = Array.from({ length: count }, (_, i) => first * 2 ** i)
  return new Histogram({ name: `nrt_gateway_${name}`, help, buckets, registers })
}

function gauge(registers: Registry[], name: string, help: string, read: () => number): void {
  new Gauge({
    name: `nrt_gateway_${name}`,
    help,
    registers,
    collect() {
      this.set(read())
    },
  })
}
