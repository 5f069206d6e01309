// A link as it is between two processes, on the loopback: the backend's end before fakes of its ports, and the gateway's end.

import { type LinkServer, openLinkServer } from '../../backend/link/server.ts'
import { type BackendLink, openBackendLink } from '../../gateway/link/link.ts'
import type { Log } from '../../gateway/log.ts'
import type { Clock } from '../../shared/kernel/clock.ts'
import type { OrderBook } from '../../shared/port/order-book.ts'
import type { UpdatePort } from '../../shared/port/update-port.ts'
import { MemoryDirectory, MemoryIngest } from './gateway-under-test.ts'

export const LINK_KEY = 'a key of forty characters, both have it.'.replaceAll(' ', '_')

export function lines(): { log: Log; said: { level: string; facts: object; sentence: string }[] } {
  const said: { level: string; facts: object; sentence: string }[] = []
  const note =
    (level: string) =>
    (facts: object, sentence: string): void => {
      said.push({ level, facts, sentence })
    }
  return { log: { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') }, said }
}

/** `aheadMs`: how far its monotonic clock has been moved. */
export const clockAt = (time: { wallS: number; aheadMs?: number }): Clock => ({
  monotonicMs: () => performance.now() + (time.aheadMs ?? 0),
  wallS: () => time.wallS,
})

/** One backend that can be stopped and started again on its port, with what it said. */
export class BackendUnderTest {
  readonly ingest = new MemoryIngest()
  readonly directory = new MemoryDirectory()
  readonly time = { wallS: 1_790_000_000 }
  readonly heard: string[] = []
  readonly said: { level: string; facts: object; sentence: string }[]
  book: OrderBook = { next: async () => undefined, answered: async () => {} }
  updates: UpdatePort = { next: async () => undefined, readChunk: async () => 'later', note: async () => {} }
  server: LinkServer | undefined
  port = 0
  private readonly log: Log

  constructor() {
    const { log, said } = lines()
    this.log = log
    this.said = said
  }

  async start(program = '0.1.0'): Promise<void> {
    const { ingest, directory, book, updates } = this
    this.server = await openLinkServer({
      ...{ host: '127.0.0.1', port: this.port, key: LINK_KEY, program },
      ports: { ingest, directory, book, updates },
      ...{ clock: clockAt(this.time), log: this.log },
    })
    this.port = this.server.port
  }

  async stop(): Promise<void> {
    await this.server?.close()
    this.server = undefined
  }
}

/** To the backends at these ports, the first of them first. */
export function linkTo(port: number | number[], changes: { key?: string; wallS?: number; chance?: () => number } = {}) {
  const { log, said } = lines()
  const time = { wallS: changes.wallS ?? 1_790_000_000, aheadMs: 0 }
  const link: BackendLink = openBackendLink({
    backends: [port].flat().map(port => ({ host: '127.0.0.1', port })),
    ...{ key: changes.key ?? LINK_KEY, program: '0.1.0' },
    ...{ clock: clockAt(time), log, chance: changes.chance ?? (() => 0.1) },
  })
  return { link, said, time }
}
