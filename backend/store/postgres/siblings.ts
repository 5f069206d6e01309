// Siblings by PostgreSQL's own means, on one connection for each program: NOTIFY for lines, a lock of the session for who is the first. A program that
// dies or is cut off loses both with its connection, and the next one finds the lock free within a second.

import pg, { type Client, type ClientConfig, type Pool } from 'pg'
import { LINE_BYTES_MAX, type Siblings } from '../siblings.ts'
import { LOCK_TURN, TRY_FIRST, UNLOCK_TURN } from './locks.ts'

const CHANNEL = 'nrt'
const LOOK_EVERY_MS = 1000
/** Without an answer for so long the connection is dead: sooner than the server lets go of it (CUT_OFF), so that there are never two who are first. */
const PATIENCE_MS = 10_000
/** Kept while there is no connection; the oldest goes first. */
const UNSAID_MAX = 1000
/** The server lets go of a program that is cut off, and of its lock: seconds until it asks, between asking, and how often. */
const CUT_OFF = '-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=2'

export interface OpenSiblings extends Siblings {
  close(): Promise<void>
}

/** `isGuest`: is never the first. Trouble is met by trying again: the store says on its own that the database is away. */
export async function openSiblings(connection: ClientConfig, turns: Pool, isGuest: boolean): Promise<OpenSiblings> {
  const options = {
    ...connection,
    application_name: 'nrt siblings',
    options: `${connection.options} ${CUT_OFF}`,
    query_timeout: PATIENCE_MS,
  }
  let client: Client | undefined
  let isFirst = false
  let isClosed = false
  let looking: Promise<void> | undefined
  let unsaid: string[] = []
  let take: (line: string) => void = () => undefined
  let missed: () => void = () => undefined
  /** One connection of the pool at most waits for a turn. */
  let lastTurn: Promise<unknown> = Promise.resolve()

  async function look(): Promise<void> {
    try {
      client ??= await connected()
      if (isFirst || isGuest) await client.query('SELECT 1')
      else isFirst = (await client.query(TRY_FIRST)).rows[0].isFirst
    } catch {
      drop(client)
    }
  }

  async function connected(): Promise<Client> {
    const made = new pg.Client({ ...options, pipeline: true } as ClientConfig)
    made.on('error', () => drop(made))
    made.on('end', () => drop(made))
    made.on('notification', ({ processId, payload }) => {
      if (processId !== (made as unknown as { processID: number }).processID) take(payload ?? '')
    })
    await made.connect()
    await made.query(`LISTEN ${CHANNEL}`)
    missed()
    for (const line of unsaid.splice(0)) say(made, line)
    return made
  }

  function say(on: Client, line: string): void {
    on.query('SELECT pg_notify($1, $2)', [CHANNEL, line]).catch(() => {
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
    hear(taking, missing) {
      take = taking
      missed = missing
    },
    isFirst: () => isFirst,
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
