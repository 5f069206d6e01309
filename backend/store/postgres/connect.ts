// How PostgreSQL is reached: where, in which manner, and that a commit that was answered is on its disk. It knows connections and nothing of what
// is stored. The password is in the options alone; whatever is said of a database names its place.

import pg, { type Client, type ClientConfig } from 'pg'
import { StoreFault } from '../fault.ts'
import { PatientClient } from './patient-client.ts'

/** 64-bit whole numbers as numbers: none of ours is beyond 2^53. */
const INT8 = 20
const types: NonNullable<ClientConfig['types']> = {
  getTypeParser: (id, format) => (Number(id) === INT8 ? Number : pg.types.getTypeParser(id, format)),
}

const CONNECT_PATIENCE_MS = 5000
/** Longer than any transaction of ours lasts; a lock that is not had by then is trouble. */
const LOCK_PATIENCE_MS = 10_000

export function optionsOf(url: string): ClientConfig {
  return {
    connectionString: url,
    application_name: 'nrt',
    connectionTimeoutMillis: CONNECT_PATIENCE_MS,
    keepAlive: true,
    types,
    options: `-c synchronous_commit=on -c lock_timeout=${LOCK_PATIENCE_MS} -c client_min_messages=warning`,
  }
}

/** The server gives a transaction up whose program says nothing: before the program, whose line is gone, comes again and wants the same locks. */
const SERVER_PATIENCE_MS = 8000

/** For connections of a service: both ends find out that the other is gone. */
export function servingOptionsOf(url: string): ClientConfig {
  const options = optionsOf(url)
  const ofServer = `-c idle_in_transaction_session_timeout=${SERVER_PATIENCE_MS} -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3`
  return { ...options, options: `${options.options} ${ofServer}` }
}

/** Where a database is, for people: never who asks, nor with which password. */
export function placeOf(url: string): string {
  const { hostname, port, pathname } = new URL(url)
  return `${hostname}:${port === '' ? 5432 : port}${pathname}`
}

export interface Link {
  /** The connection; a new one if the last was lost. Rejects with StoreFault while the database cannot be reached. */
  client(): Promise<Client>
  /** Gives up the connection: nobody knows in which state it is. */
  drop(): void
  close(): Promise<void>
}

/** One connection, whose questions go out without waiting for the answers to those before. */
export function linkTo(options: ClientConfig): Link {
  let current: Promise<Client> | undefined

  return {
    client() {
      current ??= connect()
      return current
    },
    drop,
    async close() {
      const client = await current?.catch(() => undefined)
      current = undefined
      await client?.end()
    },
  }

  async function connect(): Promise<Client> {
    const client: Client = new PatientClient({ ...options, pipeline: true } as ClientConfig)
    client.on('error', () => forget(client)) // whoever asks next gets another; who has asked is told by the question
    try {
      await client.connect()
    } catch (error) {
      current = undefined
      throw new StoreFault('unreachable', error)
    }
    return client
  }

  function drop(): void {
    const dropped = current
    current = undefined
    void dropped?.then(client => client.end()).catch(() => undefined)
  }

  function forget(client: Client): void {
    void current?.then(
      held => {
        if (held === client) current = undefined
      },
      () => undefined,
    )
  }
}
