// A connection to PostgreSQL that does not wait for ever. A line whose other end is gone without a word (a router that forgot it, a machine without
// power) looks like a server that thinks: TCP finds out after a quarter of an hour or never. Here nothing coming for longer than any question
// of ours may take ends the connection, and whoever asks is told.

import type { Socket } from 'node:net'
import pg, { type ClientConfig } from 'pg'

/** Longer than any wait for a lock (connect.ts); what takes longer comes in parts. */
const SILENCE_MOST_MS = 12_000
const GOODBYE_MS = 1000

export interface PatientConfig extends ClientConfig {
  /** Absent: SILENCE_MOST_MS. */
  silenceMostMs?: number
}

/** All of this process that have not ended. */
const open = new Set<PatientClient>()

export class PatientClient extends pg.Client {
  readonly #url: string | undefined
  readonly #silenceMostMs: number
  /** Questions without an answer. */
  #asked = 0
  #bytes = 0
  #watching: NodeJS.Timeout | undefined

  constructor(config: PatientConfig = {}) {
    super(config)
    this.#silenceMostMs = config.silenceMostMs ?? SILENCE_MOST_MS
    this.#url = config.connectionString
    open.add(this)
    this.once('end', () => {
      clearTimeout(this.#watching)
      open.delete(this)
    })
    const ask = this.query.bind(this) as (...values: unknown[]) => unknown
    const askAndWatch = (...values: unknown[]): unknown => {
      const tell = values.at(-1)
      if (typeof tell === 'function')
        return ask(...values.slice(0, -1), this.#watched(tell as (...told: unknown[]) => void))
      const answer = ask(...values)
      if (answer instanceof Promise) answer.then(this.#watched(), this.#watched(undefined, 0))
      return answer
    }
    this.query = askAndWatch as typeof this.query
  }

  /** Counts a question in; what is returned counts it out and passes the answer on. */
  #watched(tell: (...told: unknown[]) => void = () => {}, count = 1): (...told: unknown[]) => void {
    this.#asked += count
    if (this.#asked === 1 && count === 1) this.#watch()
    return (...told) => {
      this.#asked--
      clearTimeout(this.#watching)
      if (this.#asked > 0) this.#watch()
      tell(...told)
    }
  }

  #watch(): void {
    this.#bytes = this.#line().bytesRead
    this.#watching = setTimeout(() => {
      if (this.#line().bytesRead !== this.#bytes) this.#watch()
      else this.#giveUp()
    }, this.#silenceMostMs)
  }

  /** Those that nobody uses now went the same way: else each would be found out for itself, by somebody who waits. */
  #giveUp(): void {
    for (const one of open) {
      const isIdle = one.#url === this.#url && one.#asked === 0
      if (one === this || isIdle) one.#line().destroy(new Error('Connection terminated: the database says nothing'))
    }
  }

  /** The socket, or the TLS around it: pg has it under a name that its types leave out. */
  #line(): Socket {
    return (this as unknown as { connection: { stream: Socket } }).connection.stream
  }

  /** Also where nobody is there to say goodbye to. */
  override end(): Promise<void>
  override end(told: (error: Error) => void): void
  override end(told?: (error: Error) => void): Promise<void> | undefined {
    const late = setTimeout(() => this.#line().destroy(), GOODBYE_MS)
    this.once('end', () => clearTimeout(late))
    if (told === undefined) return super.end()
    super.end(told)
    return undefined
  }
}
