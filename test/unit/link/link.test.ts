// The link between gateway and backend on a real socket: what a gateway that runs apart is promised, and what becomes of it when the line goes.

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { dial } from '../../../gateway/link/line.ts'
import type { BackendLink } from '../../../gateway/link/link.ts'
import { freePort } from '../../../scripts/free-port.ts'
import { CheckedBatch } from '../../../shared/batch/checked-batch.ts'
import { checkBatch } from '../../../shared/batch/decode.ts'
import { encodeBatch } from '../../../shared/batch/encode.ts'
import { fromText, toText } from '../../../shared/link/texts.ts'
import type { CommandPort } from '../../../shared/port/command-port.ts'
import { BackendUnderTest, LINK_KEY, linkTo } from '../../support/link-under-test.ts'
import { batchOf, identityOf } from '../../support/scripted-dongle.ts'

const { dongleId, deviceKey } = identityOf(0)

function arrived(firstSeq: number): CheckedBatch {
  const bytes = encodeBatch(batchOf(1, firstSeq))
  const summary = checkBatch(bytes)
  if (!summary.ok) throw new Error(summary.fault.code)
  const batch = new CheckedBatch(dongleId, bytes, summary.value)
  batch.receivedAtMs = 1_790_000_000_123
  return batch
}

/** Between the two ends: what comes is passed on, but not any more on the connections that stood when it was halted. */
async function openProxy(to: number) {
  const sockets = new Set<Socket>()
  let halts = 0
  const server = createServer(near => {
    const far = connect(to, '127.0.0.1')
    const haltsBefore = halts
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.on('error', () => {})
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
      one.on('data', bytes => {
        if (halts === haltsBefore) other.write(bytes)
      })
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    halt() {
      halts++
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

const isUp = (link: BackendLink): Promise<void> => expect.poll(() => link.isUp()).toBe(true)

describe('a gateway that runs apart', () => {
  let backend: BackendUnderTest
  let links: BackendLink[]

  beforeEach(async () => {
    backend = new BackendUnderTest()
    links = []
    await backend.start()
  })
  afterEach(async () => {
    for (const link of links) await link.stop()
    await backend.stop()
  })

  async function linked(changes?: Parameters<typeof linkTo>[1]) {
    const one = linkTo(backend.port, changes)
    links.push(one.link)
    await isUp(one.link)
    return one
  }

  test('stores batches with the outcomes that one process would see, in order, bytes and time as they were', async () => {
    const { link } = await linked()
    backend.ingest.outcomeOf = batch =>
      batch.batch.firstSeq === 20 ? { kind: 'refused', reason: 'not-bound' } : undefined
    const group = [arrived(0), arrived(10), arrived(0), arrived(20)]
    expect(await link.ingest.store(group)).toEqual([
      { kind: 'stored' },
      { kind: 'stored' },
      { kind: 'duplicate' },
      { kind: 'refused', reason: 'not-bound' },
    ])
    const [first] = [...backend.ingest.stored.values()]
    expect(first).toMatchObject({ dongleId, readings: 10, receivedAtMs: 1_790_000_000_123 })
    expect(first?.batch).toEqual(group[0]?.batch)
  })

  test('sends the groups of its lanes together, and each gets its own outcomes', async () => {
    const { link } = await linked()
    const outcomes = await Promise.all(Array.from({ length: 32 }, (_, i) => link.ingest.store([arrived(10 * i)])))
    expect(outcomes.every(([outcome, ...rest]) => outcome?.kind === 'stored' && rest.length === 0)).toBe(true)
    expect(backend.ingest.groups.length).toBeLessThan(8)
  })

  test('asks for a backlog apart, so that nothing live waits for its answer', async () => {
    const { link } = await linked()
    await Promise.all([link.ingest.store([arrived(100)]), link.ingest.store([arrived(0)], true)])
    expect(backend.ingest.groups.map(group => group.length)).toEqual([1, 1])
  })

  test('goes to another backend when its own is gone, and may come back to it', async () => {
    const other = new BackendUnderTest()
    await other.start()
    const { link } = linkTo([backend.port, other.port])
    links.push(link)
    await isUp(link)
    await link.ingest.store([arrived(0)])
    expect([backend.ingest.stored.size, other.ingest.stored.size]).toEqual([1, 0])
    await backend.stop()
    await expect.poll(() => link.ingest.store([arrived(10)]).catch(() => undefined)).toEqual([{ kind: 'stored' }])
    expect(other.ingest.stored.size).toBe(1)
    await backend.start()
    await other.stop()
    await expect.poll(() => link.ingest.store([arrived(20)]).catch(() => undefined)).toEqual([{ kind: 'stored' }])
    expect(backend.ingest.stored.size).toBe(2)
  })

  test('says of each backend that is away once why, however often it dials', async () => {
    let pauses = 0
    const chance = (): number => {
      pauses++
      return 0
    }
    const { link, said } = linkTo([await freePort(), await freePort()], { chance })
    links.push(link)
    await expect.poll(() => pauses).toBeGreaterThan(5)
    expect(said.length).toBe(2)
  })

  test('hears a rejected commit as a rejection, with the reason in readiness', async () => {
    const { link } = await linked()
    expect(link.ingest.readiness()).toEqual({ isReady: true })
    backend.ingest.failure = new Error('disk full')
    backend.ingest.state = { isReady: false, reason: 'disk-full' }
    await expect(link.ingest.store([arrived(0)])).rejects.toThrow('503')
    expect(link.ingest.readiness()).toEqual({ isReady: false, reason: 'disk-full' })
  })

  test('puts bytes that the backend cannot read with the dead letters, and the others are stored', async () => {
    const { link } = await linked()
    const newer = new CheckedBatch(dongleId, Uint8Array.of(0xa1, 0, 0x18, 99), {
      boot: 1,
      firstSeq: 0,
      readings: 1,
      losses: [],
    })
    const outcomes = await link.ingest.store([newer, arrived(0)])
    expect(outcomes.map(({ kind }) => kind)).toEqual(['refused', 'stored'])
    expect(backend.ingest.letters).toMatchObject([{ dongleId, bytes: Buffer.from(newer.bytes) }])
  })

  test('looks keys up, moves marks, reads orders and chunks, and notes what dongles say', async () => {
    backend.directory.register(identityOf(0))
    backend.book = {
      next: async () => ({ number: 7, name: 'rotate', argument: Uint8Array.of(2, 9) }),
      answered: async (_id, { report }) => void backend.heard.push(`answered ${report?.length}`),
    }
    backend.updates = {
      next: async () => undefined,
      readChunk: async (_id, _number, at) => new Uint8Array(512).fill(at % 251),
      note: async (_id, { state }) => void backend.heard.push(`report ${state}`),
    }
    await backend.stop()
    await backend.start()
    const { link } = await linked()
    expect((await link.directory.credentials(dongleId))?.deviceKey).toEqual(new Uint8Array(deviceKey))
    expect(await link.directory.credentials(identityOf(9).dongleId)).toBeUndefined()
    expect(await link.directory.advance(dongleId, { boot: 2, session: 1 })).toBe('advanced')
    expect(await link.directory.advance(dongleId, { boot: 2, session: 1 })).toBe('old')
    expect(await link.book.next(dongleId)).toEqual({ number: 7, name: 'rotate', argument: Uint8Array.of(2, 9) })
    expect(await link.updates.next(dongleId, 1)).toBeUndefined()
    expect(await link.updates.readChunk(dongleId, 1, 8, 512)).toEqual(new Uint8Array(512).fill(8))
    await link.book.answered(dongleId, { number: 7, outcome: 'done', report: Uint8Array.of(1, 2, 3) })
    await link.updates.note(dongleId, {
      number: 0,
      state: 'good',
      code: 'none',
      running: 1,
      loaded: 0,
      floor: 0,
    } as never)
    await link.ingest.note({ dongleId, boot: 1, receivedAtMs: 5, rssiDbm: -70 })
    await link.ingest.bury([{ dongleId, reason: 'batch.empty', bytes: Uint8Array.of(1), receivedAtMs: 5 }])
    expect(backend.heard[0]).toBe('answered 3')
    expect(backend.ingest.statuses).toEqual([{ dongleId, boot: 1, receivedAtMs: 5, rssiDbm: -70 }])
    expect(backend.ingest.letters).toMatchObject([{ reason: 'batch.empty' }])
  })

  test('hears what the backend asks of dongles; one that is linked later hears the wishes that are not over', async () => {
    const heard: unknown[][] = []
    const commands: CommandPort = {
      requestLive: (...what) => heard.push(['live', ...what]),
      wake: (...what) => heard.push(['wake', ...what]),
      requestStatus: (...what) => heard.push(['status', ...what]),
      disconnect: (...what) => heard.push(['disconnect', ...what]),
    }
    const { link } = await linked()
    link.attachCommands(commands)
    const asked = backend.server?.commands as CommandPort
    const untilS = backend.time.wallS + 120
    await expect
      .poll(() => {
        if (heard.length === 0) asked.wake(dongleId) // until the stream is open
        return heard.length
      })
      .toBeGreaterThan(0)
    heard.length = 0
    asked.requestLive(dongleId, untilS)
    asked.requestStatus?.(dongleId)
    asked.disconnect(identityOf(1).dongleId, 'lost')
    await expect
      .poll(() => heard.filter(([what]) => what !== 'wake'))
      .toEqual([
        ['live', dongleId, untilS],
        ['status', dongleId],
        ['disconnect', identityOf(1).dongleId, 'lost'],
      ])
    const later = linkTo(backend.port)
    links.push(later.link)
    const heardLater: unknown[][] = []
    later.link.attachCommands({ ...commands, requestLive: (...what) => heardLater.push(what) })
    await expect.poll(() => heardLater).toEqual([[dongleId, untilS]])
  })

  test('fails what was under way when the backend goes, says so once, and is back by itself: sent again it is stored once', async () => {
    const { link, said } = await linked()
    const changes: boolean[] = []
    link.watch(now => changes.push(now))
    backend.ingest.hold()
    const sent = link.ingest.store([arrived(0)])
    const failed = expect(sent).rejects.toThrow()
    await backend.ingest.until(() => backend.ingest.groups.length === 1)
    const stopping = backend.stop()
    backend.ingest.release() // durable, and perhaps nobody heard of it
    await stopping
    await sent.catch(() => {})
    await expect.poll(() => link.isUp()).toBe(false)
    expect(link.ingest.readiness()).toEqual({ isReady: false, reason: 'backend-away' })
    await expect(link.ingest.store([arrived(10)])).rejects.toThrow('away')
    await delay(0)
    await backend.start()
    await isUp(link)
    expect((await link.ingest.store([arrived(0)])).map(({ kind }) => kind)).toEqual(['duplicate'])
    expect(backend.ingest.stored.size).toBe(1)
    expect(changes.slice(0, 3)).toEqual([true, false, true])
    // that it went, and that nobody answers
    const losses = changes.filter(now => !now).length
    expect(said.filter(({ level }) => level === 'warn').length).toBeLessThanOrEqual(2 * losses)
    await failed.catch(() => {})
  })

  test('finds out that nothing comes through any more, though the line stands, and links anew', async () => {
    const proxy = await openProxy(backend.port)
    const { link, time, said } = linkTo(proxy.port)
    links.push(link)
    await isUp(link)
    const changes: boolean[] = []
    link.watch(now => changes.push(now))
    proxy.halt()
    await expect
      .poll(() => {
        if (!changes.includes(false)) time.aheadMs += 5000
        return changes.slice(0, 3) // a machine that stood still may have lost it once more
      })
      .toEqual([true, false, true])
    const losses = changes.filter(now => !now).length
    expect(said.filter(({ level }) => level === 'warn')).toHaveLength(losses)
    await link.stop()
    await proxy.close()
  })

  test('with another key is refused by the handshake, and each side says it in one line', async () => {
    const { link, said } = linkTo(backend.port, { key: `${LINK_KEY}x` })
    links.push(link)
    await expect.poll(() => said.length).toBe(1)
    await expect.poll(() => backend.said.length).toBeGreaterThan(0)
    expect(link.isUp()).toBe(false)
    expect(backend.said[0]?.sentence).toBe('somebody without the link key was refused')
    expect(JSON.stringify([said, backend.said])).not.toContain(LINK_KEY)
  })

  test('goes by the backend’s clock when its own is off, and says by how much', async () => {
    const { link, said } = await linked({ wallS: 1_790_003_600 })
    expect(link.clock.wallS()).toBe(1_790_000_000)
    expect(said.filter(({ level }) => level === 'warn')).toMatchObject([{ facts: { seconds: 3600 } }])
  })

  test('takes no notice of the time in an answer that was long on its way', async () => {
    const { said, time } = await linked()
    const readiness = backend.ingest.readiness.bind(backend.ingest)
    let pulses = 0
    backend.ingest.readiness = () => {
      if (pulses++ === 0) {
        // the answer's own time has been read already
        time.aheadMs += 3000
        time.wallS += 3
        backend.time.wallS += 3
      }
      return readiness()
    }
    await expect.poll(() => pulses, { timeout: 20_000 }).toBeGreaterThan(1)
    expect(said.filter(({ level }) => level === 'warn')).toEqual([])
  })

  test('of another program is served while the link is the same, of another link it is told, each in one line', async () => {
    const line = await dial({ host: '127.0.0.1', port: backend.port }, LINK_KEY)
    const greet = async (version: number): Promise<unknown> =>
      fromText(await line.call('pulse', toText([{ version, program: '9.9.9' }])))
    expect(await greet(1)).toMatchObject({ version: 1, readiness: { isReady: true } })
    expect(await greet(2)).toMatchObject({ version: 1 })
    await greet(2)
    const versions = backend.said.filter(({ sentence }) => sentence.includes('another version'))
    expect(versions.map(({ level }) => level)).toEqual(['info', 'warn'])
    for (const [call, body, status] of [
      ['fly', '[]', 404],
      ['credentials', '["short"]', 400],
      ['credentials', '{', 400],
      ['advance', toText([dongleId, { boot: -1, session: 1 }]), 400],
      ['store', 'no parcels', 400],
    ] as const) {
      await expect(line.call(call, body)).rejects.toMatchObject({ status })
    }
    expect(backend.directory.marks.size).toBe(0)
    line.close()
    await line.gone
  })
})
