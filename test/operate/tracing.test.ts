// One batch's way as a collector of OpenTelemetry gets it: real gateway, store and page stream, a real OTLP receiver of the test's own.

import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runBackend } from '../../installer/serve/run-backend.ts'
import { runGateway } from '../../installer/serve/run-gateway.ts'
import type { Platform } from '../../scripts/platform.ts'
import { eanOf, enrolFleet } from '../support/fleet.ts'
import { giveOwner, startTestPlatform } from '../support/platform.ts'
import { batchOf, identityOf, ScriptedDongle } from '../support/scripted-dongle.ts'

interface OtlpSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[]
}

const folder = mkdtempSync(join(tmpdir(), 'nrt-tracing-'))
const bodies: string[] = []
let collector: Server
let platform: Platform
let url: string

beforeAll(async () => {
  collector = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', part => {
      body += part
    })
    request.on('end', () => {
      expect([request.method, request.url, request.headers['content-type']]).toEqual([
        'POST',
        '/v1/traces',
        'application/json',
      ])
      bodies.push(body)
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>(resolve => collector.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`
  platform = await startTestPlatform(folder, { NRT_TRACE_URL: url, NRT_TRACE_PERMILLE: '1000' })
})
afterAll(async () => {
  collector.close()
  rmSync(folder, { recursive: true, force: true })
})

interface OtlpBody {
  resourceSpans: { resource: { attributes: OtlpSpan['attributes'] }; scopeSpans: { spans: OtlpSpan[] }[] }[]
}

/** Of all programs, or of the one with this name. */
function spans(service?: string): OtlpSpan[] {
  const isOf = ({ resource }: OtlpBody['resourceSpans'][0]): boolean =>
    service === undefined || resource.attributes.some(({ value }) => value.stringValue === service)
  return bodies
    .flatMap(body => (JSON.parse(body) as OtlpBody).resourceSpans.filter(isOf))
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(scope => scope.spans))
}

/** The one span of this name, of those that came. */
function one(all: OtlpSpan[], name: string): OtlpSpan {
  const found = all.filter(span => span.name === name)
  expect(found, name).toHaveLength(1)
  return found[0] as OtlpSpan
}

test('a batch’s way from the socket to the page is one trace, each step within the one that waits for it', async () => {
  const nowS = Math.floor(Date.now() / 1000)
  await giveOwner(platform, identityOf(0), { ean: eanOf(0), sinceS: nowS - 86_400 })
  const dongle = new ScriptedDongle({ identity: identityOf(0), port: platform.gateway.port as number })
  await dongle.connect()
  expect(await dongle.send(batchOf(1, 1, 10, nowS - 3600))).toBe('final')
  await dongle.end()
  await platform.stop() // sends what is left

  const all = spans()
  const [batch, store] = [one(all, 'batch'), one(all, 'store')]
  expect(new Set(all.map(span => span.traceId)).size).toBe(1)
  expect(batch.parentSpanId ?? '').toBe('')
  for (const name of ['unseal', 'wait', 'store']) expect(one(all, name).parentSpanId, name).toBe(batch.spanId)
  for (const name of ['commit', 'live']) expect(one(all, name).parentSpanId, name).toBe(store.spanId)
  expect(all).toHaveLength(6)
  for (const span of all) {
    const [start, end] = [BigInt(span.startTimeUnixNano), BigInt(span.endTimeUnixNano)]
    expect(end, span.name).toBeGreaterThanOrEqual(start)
    expect(end, span.name).toBeLessThanOrEqual(BigInt(batch.endTimeUnixNano))
  }
  expect(batch.attributes).toContainEqual({ key: 'nrt.outcome', value: { stringValue: 'stored' } })
  const said = bodies.join('\n')
  for (const secret of [eanOf(0), identityOf(0).dongleId, Buffer.from(identityOf(0).deviceKey).toString('hex')]) {
    expect(said).not.toContain(secret)
  }
})

test('apart, gateway and backend each tell their part of the same trace', async () => {
  bodies.splice(0)
  const nowS = Math.floor(Date.now() / 1000)
  const log = pino({ level: 'silent' })
  const tracing = { NRT_TRACE_URL: url, NRT_TRACE_PERMILLE: '1000', NRT_LINK_KEY: 'k'.repeat(40) }
  const stored = { NRT_DATA_DIR: join(folder, 'apart'), NRT_HTTP_PORT: '0', NRT_LINK_PORT: '0' }
  await enrolFleet(stored, [0], nowS - 86_400)
  const backend = await runBackend({ ...tracing, ...stored }, log)
  const { linkPort } = backend.ready as { linkPort: number }
  const gateway = await runGateway({ ...tracing, NRT_MQTT_PORT: '0', NRT_BACKEND: `127.0.0.1:${linkPort}` }, log)
  const { mqttPort } = gateway.ready as { mqttPort: number }
  const dongle = new ScriptedDongle({ identity: identityOf(0), port: mqttPort })
  // The gateway takes nobody before it is linked.
  await expect
    .poll(
      () =>
        dongle.connect().then(
          () => 'in',
          () => 'not yet',
        ),
      { timeout: 60_000 },
    )
    .toBe('in')
  expect(await dongle.send(batchOf(1, 1, 10, nowS - 3600))).toBe('final')
  await dongle.end()
  await gateway.stop()
  await backend.stop()

  const [front, back] = [spans('nrt-gateway'), spans('nrt-backend')]
  expect(front.map(({ name }) => name).sort()).toEqual(['batch', 'store', 'unseal', 'wait'])
  expect(back.map(({ name }) => name).sort()).toEqual(['commit', 'live'])
  expect(new Set([...front, ...back].map(span => span.traceId)).size).toBe(1)
  for (const span of back) expect(span.parentSpanId, span.name).toBe(one(front, 'store').spanId)
})
