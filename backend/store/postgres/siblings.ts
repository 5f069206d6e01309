// Siblings by PostgreSQL's own means, on one connection for each program: NOTIFY for lines, a lock of the session for who is the first. A program that
// dies or is cut off loses both with its connection, and the next one finds the lock free within a second. On the wire a line stands as it is, or behind a
// head: `?ID` wants to be answered `!ID`, `@ID` is said by a program with another of its connections.

import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import pg, { type Client, type ClientConfig, type Pool } from 'pg'
import { StoreFault } from '../fault.ts'
import { CURRENT_MS, LINE_BYTES_MAX, type Siblings, type StoredTimes } from '../siblings.ts'
import { LOCK_TURN, TRY_FIRST, UNLOCK_TURN } from './locks.ts'

const CHANNEL = 'nrt'
const NAME = 'nrt siblings'
/** Programs beside the one whose connection is $1. */
const OTHERS = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = '${NAME}' AND pid <> $1`
const NOW = 'SELECT extract(epoch FROM clock_timestamp())::float8 AS "nowS"'
const SAY = `SELECT pg_notify('${CHANNEL}', $1)`
const SAY_TO_OTHERS = `SELECT pg_notify('${CHANNEL}', $2) WHERE EXISTS (${OTHERS})`
/** A transaction that is under way for longer is not waited for. */
const QUIET_WITHIN_MS = 60_000
const QUIET_LOOK_MS = 20
const LOOK_EVERY_MS = 1000
const CLOCK_ANSWER_MS = 1000
/** Without an answer for so long the connection is dead: sooner than the server lets go of it (CUT_OFF), so that there are never two who are first. */
const PATIENCE_MS = 10_000
/** Kept while there is no connection; the oldest goes first. */
const UNSAID_MAX = 1000
/** The server lets go of a program that is cut off, and of its lock: seconds until it asks, between asking, and how often. */
const CUT_OFF = '-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=2'

export interface OpenSiblings extends Siblings {
  /** Says within the open transaction of `writer` what is stored in it: others hear of it if it commits, and in the order of commits. */
  sayStored(writer: Client, stored: readonly StoredTimes[]): Promise<void>
  close(): Promise<void>
}

/** `isGuest`: is never the first. Trouble is met by trying again: the store says on its own that the database is away. */
export async function openSiblings(connection: ClientConfig, turns: Pool, isGuest: boolean): Promise<OpenSiblings> {
  const options = {
    ...connection,
    application_name: NAME,
    options: `${connection.options} ${CUT_OFF}`,
    query_timeout: PATIENCE_MS,
  }
  let client: Client | undefined
  let isFirst = false
  let isClosed = false
  let looking: Promise<void> | undefined
  let unsaid: string[] = []
  let take: (line: string) => void = () => undefined
  let missed: () => void | Promise<void> = () => undefined
  /** The last question that was answered was asked then. */
  let currentAtMs = Number.NEGATIVE_INFINITY
  /** Its clock, as it was when it said it. */
  let database: { nowS: number; heardAtMs: number } | undefined
  const ownId = randomUUID()
  /** By what was asked: told who has taken it. */
  const asked = new Map<string, (pid: number) => void>()
  /** One connection of the pool at most waits for a turn. */
  let lastTurn: Promise<unknown> = Promise.resolve()

  async function look(): Promise<void> {
    try {
      client ??= await connected()
      const askedAtMs = performance.now()
      const [{ nowS }] = (await client.query(NOW)).rows as [{ nowS: number }]
      const answeredAtMs = performance.now()
      // Its clock was read somewhere within; an answer that took long tells too little.
      if (answeredAtMs - askedAtMs < CLOCK_ANSWER_MS) database = { nowS, heardAtMs: (askedAtMs + answeredAtMs) / 2 }
      if (!isFirst && !isGuest) isFirst = (await client.query(TRY_FIRST)).rows[0].isFirst
      // What was said before the question came before the answer.
      currentAtMs = askedAtMs
    } catch {
      drop(client)
    }
  }

  async function connected(): Promise<Client> {
    const made = new pg.Client({ ...options, pipeline: true } as ClientConfig)
    made.on('error', () => drop(made))
    made.on('end', () => drop(made))
    made.on('notification', ({ processId, payload }) => {
      if (processId !== pidOf(made)) receive(made, processId, payload ?? '')
    })
    try {
      await made.connect()
      await made.query(`LISTEN ${CHANNEL}`)
      await missed()
    } catch (error) {
      void made.end().catch(() => undefined)
      throw error
    }
    for (const line of unsaid.splice(0)) say(made, line)
    return made
  }

  function receive(on: Client, from: number, payload: string): void {
    const end = payload.startsWith('{') ? -1 : payload.indexOf('\n')
    const head = end < 0 ? payload : payload.slice(0, end)
    if (payload.startsWith('{')) take(payload)
    else if (head.startsWith('!')) asked.get(head.slice(1))?.(from)
    else if (head === `@${ownId}`) return
    else {
      take(payload.slice(end + 1))
      if (head.startsWith('?')) say(on, `!${head.slice(1)}`)
    }
  }

  async function tellAll(line: string): Promise<void> {
    const on = client
    if (on === undefined) throw new StoreFault('unreachable', undefined)
    const id = randomUUID()
    const takenBy = new Set<number>()
    let look = (): void => undefined
    asked.set(id, pid => {
      takenBy.add(pid)
      look()
    })
    const over = new AbortController()
    try {
      await on.query(SAY, [`?${id}\n${line}`])
      const { rows } = await on.query(OTHERS, [pidOf(on)])
      const allHave = new Promise<void>(resolve => {
        look = () => rows.every(({ pid }) => takenBy.has(pid)) && resolve()
        look()
      })
      // Who has not answered by then either never heard it and relies on nothing any more, or is gone.
      await Promise.race([allHave, delay(CURRENT_MS, undefined, { signal: over.signal })])
    } catch (error) {
      drop(on)
      throw new StoreFault('unreachable', error)
    } finally {
      over.abort()
      asked.delete(id)
    }
  }

  async function quiet(): Promise<void> {
    const on = client
    if (on === undefined) throw new StoreFault('unreachable', undefined)
    if ((await on.query(OTHERS, [pidOf(on)])).rows.length === 0) return
    // A number of its own: a snapshot ends at the newest that is over, and one that is under way may be above it.
    const { rows } = await on.query('SELECT pg_current_xact_id()::text AS "until"')
    const givenUpAtMs = performance.now() + QUIET_WITHIN_MS
    while (!(await on.query(IS_OVER, [rows[0].until])).rows[0].isOver) {
      if (performance.now() > givenUpAtMs) throw new StoreFault('unreachable', new Error('a transaction does not end'))
      await delay(QUIET_LOOK_MS)
    }
    // What this connection says to itself comes behind all that was committed before.
    await on.query(SAY, ['!'])
  }

  async function sayStored(writer: Client, stored: readonly StoredTimes[]): Promise<void> {
    const pid = client === undefined ? 0 : pidOf(client)
    const lines: string[] = []
    for (let i = 0; i < stored.length; i += STORED_PER_LINE) {
      lines.push(`@${ownId}\n${JSON.stringify({ do: 'stored', batches: stored.slice(i, i + STORED_PER_LINE) })}`)
    }
    await Promise.all(lines.map(line => writer.query({ name: 'nrt-stored', text: SAY_TO_OTHERS, values: [pid, line] })))
  }

  function say(on: Client, line: string): void {
    on.query(SAY, [line]).catch(() => {
      keep(line)
      drop(on)
    })
  }

  function keep(line: string): void {
    unsaid.push(line)
    if (unsaid.length > UNSAID_MAX) unsaid = unsaid.slice(-UNSAID_MAX)
  }

  function drop(which: Client | undefined): void {
    if (which === undefined || client !== which) return
    client = undefined
    isFirst = false
    currentAtMs = Number.NEGATIVE_INFINITY
    void which.end().catch(() => undefined)
  }

  function lookOnce(): Promise<void> {
    looking ??= look().finally(() => {
      looking = undefined
    })
    return looking
  }

  await lookOnce()
  const timer = setInterval(() => void lookOnce(), LOOK_EVERY_MS)
  timer.unref()
  return {
    tell(line) {
      if (isClosed || Buffer.byteLength(line) > LINE_BYTES_MAX) return
      if (client === undefined) keep(line)
      else say(client, line)
    },
    tellAll,
    quiet,
    sayStored,
    isCurrent: () => performance.now() - currentAtMs < CURRENT_MS,
    hear(taking, missing) {
      take = taking
      missed = missing
    },
    isFirst: () => isFirst,
    databaseS: () => database && database.nowS + (performance.now() - database.heardAtMs) / 1000,
    inTurn(work) {
      const done = lastTurn.then(() => haveTurn(turns, work))
      lastTurn = done.catch(() => undefined)
      return done
    },
    /** What was said is on its way. */
    async close() {
      isClosed = true
      clearInterval(timer)
      await looking
      const last = client
      client = undefined
      await last?.query('SELECT 1').catch(() => undefined)
      await last?.end().catch(() => undefined)
    },
  }
}

/** Three numbers each. */
const STORED_PER_LINE = 200
const IS_OVER = 'SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 AS "isOver"'

function pidOf(client: Client): number {
  return (client as unknown as { processID: number }).processID
}

async function haveTurn<T>(turns: Pool, work: () => Promise<T>): Promise<T> {
  const turn = await turns.connect()
  let isLockLeft = true
  try {
    await turn.query(LOCK_TURN)
    return await work()
  } finally {
    await turn.query(UNLOCK_TURN).then(
      () => {
        isLockLeft = false
      },
      () => undefined,
    )
    turn.release(isLockLeft) // true: the connection ends, and the lock with it
  }
}
