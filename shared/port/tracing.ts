// Following single batches on their way (gateway → store → page), for whoever looks for lost time. Off by default; then nobody has one of
// these, and the way costs one comparison more. Between processes a trace travels as W3C traceparent. Types only.

/** What a span tells beside its time: never an EAN, a dongle's id, a serial or a reading. */
export interface SpanFacts {
  [name: string]: string | number
}

export interface Span {
  /** Names the trace and this span, for spans within it (https://www.w3.org/TR/trace-context/#traceparent-header). */
  readonly traceparent: string
  end(facts?: SpanFacts): void
}

export interface Tracing {
  /** For spans that are begun after the fact. Milliseconds of the wall clock, with fractions. */
  nowMs(): number
  /** A new trace; undefined: this one is not looked at. */
  begin(name: string, sinceMs: number): Span | undefined
  /** A span within another. */
  within(traceparent: string, name: string, sinceMs?: number): Span
}
