// Tracing by OpenTelemetry, sent as OTLP over HTTP (JSON): loaded (load-tracing.ts) only where NRT_TRACE_URL is set. Which traces are looked at is drawn by
// their own number, so that gateway and backend agree without a word.

import { type Context, type Span as OtelSpan, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { Span, Tracing } from '../../shared/port/tracing.ts'

export interface TracingConfig {
  /** Of the collector, such as http://127.0.0.1:4318/v1/traces. */
  url: string
  /** Of a thousand batches so many are followed. */
  permille: number
  /** Which program this is: gateway and backend apart are parts of one trace, under names of their own. */
  service: 'nrt' | 'nrt-gateway' | 'nrt-backend'
}

export interface OpenTracing extends Tracing {
  /** Sends what is left; never rejects. */
  close(): Promise<void>
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

export function openTracing({ url, permille, service }: TracingConfig): OpenTracing {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(permille / 1000) }),
    // Bounded: 2,048 spans wait, what is more is dropped, and a collector that is away costs no batch anything.
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url, timeoutMillis: 5000 }) })],
  })
  const tracer = provider.getTracer('nrt')
  const nowMs = (): number => performance.timeOrigin + performance.now()

  return {
    nowMs,
    begin(name, sinceMs) {
      const span = tracer.startSpan(name, { startTime: sinceMs, root: true }, ROOT_CONTEXT)
      return span.isRecording() ? told(span) : undefined
    },
    within: (traceparent, name, sinceMs = nowMs()) =>
      told(tracer.startSpan(name, { startTime: sinceMs }, contextOf(traceparent))),
    close: () => provider.shutdown().catch(() => undefined),
  }

  function told(span: OtelSpan): Span {
    const { traceId, spanId, traceFlags } = span.spanContext()
    return {
      traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
      end(facts = {}) {
        span.setAttributes(facts)
        span.end(nowMs())
      },
    }
  }
}

/** Of something that is no traceparent nothing is said: a span without a parent that nobody looks at. */
function contextOf(traceparent: string): Context {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true })
}
