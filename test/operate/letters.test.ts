// Dead letters and a dongle's messages by the commands that operators have: what waits is listed, shown, tried again, dropped; what comes is
// followed; each look and each act is an event of the audit, and no reading is in what is followed.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeBatch } from '../../shared/batch/encode.ts'
import { openTestBackend, type TestBackend } from '../support/backend.ts'
import { aBatch, arrived, NOON_S } from '../support/batches.ts'
import { nrt, startNrt } from '../support/nrt-command.ts'

const OPERATOR_KEY = 'operator-key-of-a-test-0123456789'
let t: TestBackend
let env: { [name: string]: string }
const batch = aBatch({ boot: 1, firstSeq: 0, startS: NOON_S })
const good = encodeBatch(batch)
const bad = Uint8Array.of(0xff, 0x00, 0x13)

beforeAll(async () => {
  t = await openTestBackend({ config: { operatorKey: OPERATOR_KEY } })
  env = { NRT_URL: await t.listen(), NRT_OPERATOR_KEY: OPERATOR_KEY }
  const letter = { dongleId: t.dongleId, receivedAtMs: NOON_S * 1000 }
  await t.backend.ingest.bury([
    { ...letter, bytes: good, reason: 'batch.unknown-version' },
    { ...letter, bytes: bad, reason: 'batch.malformed' },
    { ...letter, bytes: Uint8Array.of(0xfe), reason: 'batch.malformed' },
  ])
})
afterAll(() => t.stop())

const metric = async (name: string) => (await t.registry.getSingleMetric(name)?.get())?.values[0]?.value

test('letters are listed, shown, tried again and dropped, and the audit has each of it', async () => {
  const listed = await nrt(['replay', 'list', '--json'], { env })
  const letters = listed.out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { no: number; reason: string })
  expect(letters.map(({ reason }) => reason)).toEqual(['batch.unknown-version', 'batch.malformed', 'batch.malformed'])
  const [, second, third] = letters.map(({ no }) => String(no)) as [string, string, string]
  expect((await nrt(['replay', 'show', second], { env })).out).toBe('ff0013\n')
  expect(await nrt(['replay', 'run', '--json'], { env })).toMatchObject({
    code: 1,
    out: '{"stored":1,"duplicate":0,"stillBad":2}\n',
  })
  expect(await nrt(['replay', 'drop', third], { env })).toMatchObject({ code: 0 })
  const gone = await nrt(['replay', 'drop', third, '--lang', 'nl'], { env })
  expect([gone.code, gone.err]).toEqual([1, expect.stringContaining('Er wacht geen dead letter')])
  expect((await nrt(['replay', 'show', 'x'], { env })).code).toBe(2)
  t.clock.nowS += 60
  expect(await metric('nrt_store_dead_letters_waiting')).toBe(1)

  const readings = `/api/v1/metering-points/${t.pointId}/readings?resolution=raw&fromS=${NOON_S}&toS=${NOON_S + 1}`
  expect((await t.get(readings)).body.timeS).toEqual([NOON_S])
  const { body } = await t.get('/api/v1/audit/verdict', OPERATOR_KEY)
  expect(body).toMatchObject({ isWhole: true })
})

test('a letter that is dropped and tried again at once is one of the two, and the other is told that it no longer waits', async () => {
  const later = encodeBatch(aBatch({ boot: 1, firstSeq: 600, startS: NOON_S + 600 }))
  const letter = { dongleId: t.dongleId, receivedAtMs: (NOON_S + 600) * 1000, bytes: later }
  await t.backend.ingest.bury([{ ...letter, reason: 'batch.unknown-version' }])
  const base = `${env.NRT_URL}/api/v1/dead-letters`
  const headers = { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': 'application/json' }
  const { items } = (await (await fetch(base, { headers })).json()) as { items: { no: number }[] }
  const no = items.at(-1)?.no
  const ask = async (path: string, body: object) =>
    (await fetch(`${base}/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).status
  const statuses = await Promise.all([ask(`${no}/drop`, {}), ask('replay', { no })])
  expect(statuses.sort()).toEqual([200, 404])
})

test('what a dongle sends is followed by its shape, without what its readings say', async () => {
  const tail = startNrt(['tail', t.dongleId, '--count', '3', '--json'], { env })
  await expect.poll(() => tail.ran.err).toContain('following')
  const next = aBatch({ boot: 2, firstSeq: 60, startS: NOON_S + 60 })
  const sendAll = async () => {
    await t.backend.ingest.store([arrived(t.dongleId, next, (NOON_S + 125) * 1000)])
    await t.backend.ingest.note({
      dongleId: t.dongleId,
      boot: 2,
      receivedAtMs: (NOON_S + 126) * 1000,
      rssiDbm: -61,
      meterSerial: 'canary',
    })
    await t.backend.ingest.bury([
      { dongleId: t.dongleId, receivedAtMs: (NOON_S + 127) * 1000, bytes: Uint8Array.of(1, 2), reason: 'batch.empty' },
    ])
  }
  await sendAll()
  const { code, out } = await tail.ended
  expect(code).toBe(0)
  const [stored, status, letter] = out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(stored).toEqual({
    kind: 'batch',
    atMs: (NOON_S + 125) * 1000,
    boot: 2,
    firstSeq: 60,
    span: next.timeS.length,
    readings: next.timeS.length,
    losses: [],
    newestReadingS: next.timeS[next.timeS.length - 1],
    bytes: encodeBatch(next).length,
    outcome: 'stored',
    reason: null,
  })
  expect(status).toEqual({ kind: 'status', atMs: (NOON_S + 126) * 1000, said: { boot: 2, rssiDbm: -61 } })
  expect(letter).toEqual({ kind: 'letter', atMs: (NOON_S + 127) * 1000, reason: 'batch.empty', bytes: 2 })
})

test('a dongle that there is not is said', async () => {
  const unknown = await nrt(['tail', '0123456789AB9'], { env })
  expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('dongle.unknown')])
})

test('that nothing waits is said, and not among the letters', async () => {
  const { out } = await nrt(['replay', 'list', '--json'], { env })
  for (const line of out.trim().split('\n')) await nrt(['replay', 'drop', `${JSON.parse(line).no}`], { env })
  expect(await nrt(['replay', 'list'], { env })).toEqual({ code: 0, out: '', err: 'nothing waits\n' })
  expect(await nrt(['replay', 'list', '--json'], { env })).toEqual({ code: 0, out: '', err: '' })
})
