// Live over a real socket: newly stored readings come as events, a reader who comes back gets what it missed, one who does not read is cut off.

import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openTestBackend, type TestBackend } from '../../support/backend.ts'
import { aBatch, aDay, arrived, NOON_S } from '../../support/batches.ts'
import { checkBody } from '../../support/described.ts'
import { valueOrThrow } from '../../support/facts.ts'
import { identityOf } from '../../support/scripted-dongle.ts'
import { visitorOf } from '../../support/visitor.ts'

let t: TestBackend
let address: string
const open: { close(): void }[] = []
beforeEach(async () => {
  t = await openTestBackend({ config: { liveAskEveryMs: 30 } })
  address = await t.listen()
})
afterEach(async () => {
  for (const one of open.splice(0)) one.close()
  await t.stop()
})

interface Event {
  event?: string
  id?: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into data of every shape
  data?: any
  comment?: string
}

const keyOf = ({ accessKey }: TestBackend): Record<string, string> => ({ authorization: `Bearer ${accessKey}` })

/** A reader of one stream; events are taken one by one in order. */
async function listen(lastEventId?: number, pointId = t.pointId, shown: Record<string, string> = keyOf(t)) {
  const abort = new AbortController()
  open.push({ close: () => abort.abort() })
  const headers = { ...shown }
  if (lastEventId !== undefined) headers['last-event-id'] = String(lastEventId)
  const url = `${address}/api/v1/metering-points/${pointId}/live`
  const response = await fetch(url, { headers, signal: abort.signal })
  const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  async function next(): Promise<Event | undefined> {
    while (!text.includes('\n\n')) {
      const { value, done } = await reader.read()
      if (done) return undefined
      text += value
    }
    const block = text.slice(0, text.indexOf('\n\n'))
    text = text.slice(block.length + 2)
    return parse(block)
  }
  async function nextOf(name: string): Promise<Event> {
    for (;;) {
      const event = await next()
      if (event === undefined) throw new Error(`the stream ended before ${name}`)
      if (event.event === name) return event
    }
  }
  return { response, next, nextOf, close: () => abort.abort() }
}

/** A second point of the account, with a dongle of its own. */
async function anotherPoint(): Promise<string> {
  const { backend, accountId } = t
  const ean = '999999990000000029'
  const identity = identityOf(2)
  const point = valueOrThrow(await backend.addMeteringPoint({ ean, accountId, sinceS: NOON_S - 86_400 }))
  valueOrThrow(await backend.registerDongle(identity))
  valueOrThrow(await backend.bindDongle(identity.dongleId, ean))
  return point.id
}

function parse(block: string): Event {
  const event: Event = {}
  for (const line of block.split('\n')) {
    if (line.startsWith(':')) event.comment = line.slice(1).trim()
    else if (line.startsWith('data: ')) event.data = JSON.parse(line.slice(6))
    else if (line.startsWith('id: ')) event.id = line.slice(4)
    else if (line.startsWith('event: ')) event.event = line.slice(7)
  }
  return event
}

describe('a live stream', () => {
  test('tells the quality at once and readings when they are stored', async () => {
    const stream = await listen()
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(stream.response.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect((await stream.nextOf('quality')).data).toMatchObject({
      dongle: { state: 'offline' },
      today: { readings: 0, lost: 0, gaps: 0 },
    })
    await t.backend.ingest.store([arrived(t.dongleId, aBatch({ count: 3 }))])
    const { data, id } = await stream.nextOf('reading')
    const { components } = (await t.get('/openapi.json', '')).body
    checkBody({ ...components.schemas.LiveReading, components }, data, 'event reading')
    expect(data.readings.map((reading: { timeS: number }) => reading.timeS - NOON_S)).toEqual([0, 1, 2])
    expect(data.receivedAtMs).toBe((NOON_S + 4) * 1000)
    expect(id).toBe(String(NOON_S + 2))
    const quality = (await stream.nextOf('quality')).data
    checkBody({ ...components.schemas.Quality, components }, quality, 'event quality')
    expect(quality).toMatchObject({ lastReadingS: NOON_S + 2, today: { readings: 3 } })
  })

  test('gives a backlog’s readings too, but its id never runs backwards', async () => {
    const stream = await listen()
    await t.backend.ingest.store([arrived(t.dongleId, aBatch({ firstSeq: 100, startS: NOON_S + 100, count: 1 }))])
    await t.backend.ingest.store([arrived(t.dongleId, aBatch({ count: 1 }))])
    expect((await stream.nextOf('reading')).id).toBe(String(NOON_S + 100))
    const late = await stream.nextOf('reading')
    expect([late.data.readings[0].timeS, late.id]).toEqual([NOON_S, String(NOON_S + 100)])
  })

  test('does not repeat what is a duplicate', async () => {
    const stream = await listen()
    const batch = arrived(t.dongleId, aBatch({ count: 1 }))
    await t.backend.ingest.store([batch])
    await t.backend.ingest.store([batch])
    await t.backend.ingest.store([arrived(t.dongleId, aBatch({ firstSeq: 1, startS: NOON_S + 1, count: 1 }))])
    const times = [await stream.nextOf('reading'), await stream.nextOf('reading')].map(
      event => event.data.readings[0].timeS,
    )
    expect(times).toEqual([NOON_S, NOON_S + 1])
  })

  test('replays what came after the last id, no further back than it promises', async () => {
    await t.backend.ingest.store(aDay(3600, 60).map(batch => arrived(t.dongleId, batch)))
    t.clock.nowS = NOON_S + 3600
    const soon = await listen(NOON_S + 3500)
    expect((await soon.nextOf('reading')).data.readings[0].timeS).toBe(NOON_S + 3501)
    const long = await listen(NOON_S)
    expect((await long.nextOf('reading')).data.readings[0].timeS).toBe(NOON_S + 3600 - 900)
  })

  test('keeps silence off the line with heartbeats', async () => {
    const stream = await listen()
    await stream.nextOf('quality')
    for (let turn = 0; turn < 2; turn++) expect((await stream.next())?.comment).toBe('heartbeat')
  })

  test('asks the dongle for delivery every second as long as somebody watches, and no longer', async () => {
    const asked: [string, number][] = []
    t.backend.attachCommands({
      requestLive: (dongleId, untilS) => void asked.push([dongleId, untilS]),
      wake: () => {},
      disconnect: () => {},
    })
    const stream = await listen()
    await expect.poll(() => asked.length).toBeGreaterThan(2)
    expect(asked[0]).toEqual([t.dongleId, t.clock.nowS + 180])
    stream.close()
    const streams = async () => (await t.registry.getSingleMetric('nrt_live_streams')?.get())?.values[0]?.value
    await expect.poll(streams).toBe(0)
    const before = asked.length
    // while another one is asked again and again, this one is not
    await listen(undefined, await anotherPoint())
    await expect.poll(() => asked.length - before).toBeGreaterThan(4)
    expect(asked.slice(before).map(([dongleId]) => dongleId)).not.toContain(t.dongleId)
  })

  test('ends when its person signs out elsewhere', async () => {
    const visitor = visitorOf(t.backend)
    await visitor.signIn({ login: '', password: t.accessKey })
    const cookie = [...visitor.cookies].map(pair => pair.join('=')).join('; ')
    const stream = await listen(undefined, t.pointId, { cookie })
    await stream.nextOf('quality')
    await visitor.ask('POST', '/api/v1/session/end', {})
    let last = await stream.next()
    while (last !== undefined) last = await stream.next()
    expect(last).toBeUndefined()
  })

  test('ends when the server stops', async () => {
    const stream = await listen()
    const stopping = t.stop()
    for (;;) if ((await stream.next()) === undefined) break
    await stopping
    t = await openTestBackend()
  })
})

test('a reader who does not read is cut off, and the others are not held up', async () => {
  const deaf: Socket = connect(Number(new URL(address).port), '127.0.0.1')
  open.push({ close: () => deaf.destroy() })
  deaf.write(
    `GET /api/v1/metering-points/${t.pointId}/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${t.accessKey}\r\n\r\n`,
  )
  deaf.pause()
  const stream = await listen()
  const cut = async () => (await t.registry.getSingleMetric('nrt_live_cut_total')?.get())?.values[0]?.value
  const streams = async () => (await t.registry.getSingleMetric('nrt_live_streams')?.get())?.values[0]?.value
  await expect.poll(streams).toBe(2)
  let told = 0
  for (let firstSeq = 0; (await cut()) !== 1; firstSeq += 600) {
    const batch = aBatch({ firstSeq, startS: NOON_S - 86_400 * 5 + firstSeq, count: 600 })
    await t.backend.ingest.store([arrived(t.dongleId, batch, (NOON_S + 60) * 1000)])
    told += (await stream.nextOf('reading')).data.readings.length
    expect(firstSeq).toBeLessThan(600 * 500)
  }
  expect(told).toBeGreaterThan(600)
  await expect.poll(streams).toBe(1)
})
