// Setup without an expert, over real sockets against the real program on the virtual dongle: what the setup network lets in, what it
// keeps out, when it opens and when it closes. What people see of it is setup-page.test.ts.

import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { codeTimes } from '../../firmware/setup/lights.ts'
import { startGatewayUnderTest } from '../support/gateway-under-test.ts'
import {
  accessPoint,
  cookieOf,
  openSetupBench,
  request,
  SETUP_PASSWORD,
  type SetupBench,
  type SetupBenchOptions,
  sendRaw,
  setupIdentity,
  tryBody,
} from '../support/setup-under-test.ts'

const opened: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.stop()
})

async function aGateway(): Promise<number> {
  const under = await startGatewayUnderTest({ intervalS: 2 }, [setupIdentity])
  under.time.wallS = 1_790_000_000
  opened.push({ stop: () => under.gateway.stop() })
  return under.port
}

async function aBench(options: Partial<SetupBenchOptions> = {}): Promise<SetupBench> {
  const bench = await openSetupBench({ gateway: { host: 'gateway.test', port: 9 }, ...options })
  opened.push(bench)
  if (process.env.NRT_LINES) opened.push({ stop: async () => console.log(bench.lines.join('\n')) })
  return bench
}

async function state(port: number, cookie: string) {
  const answer = await request(port, 'GET', '/state', cookie)
  return JSON.parse(answer?.body.toString() ?? 'null')
}

async function verdict(bench: SetupBench, port: number, cookie: string) {
  for (;;) {
    await bench.opened()
    const now = await state(port, cookie).catch(() => undefined)
    if (now && now.state >= 3) return now
    await new Promise(resolve => setTimeout(resolve, 30))
  }
}

describe('the way to a connection', () => {
  test('a dongle without a network opens its own; the network that is chosen works, is kept, and closes it for good', async () => {
    const port = await aGateway()
    const bench = await aBench({ gateway: { host: 'localhost', port } })
    const at = await bench.opened()
    expect(bench.house.own).toEqual({ ssid: `NRT-${setupIdentity.dongleId.slice(8)}`, password: SETUP_PASSWORD })
    const page = await request(at, 'GET', '/')
    expect(page?.status).toBe(200)
    expect(gunzipSync(page!.body).toString()).toContain('<!doctype html>')
    const cookie = await cookieOf(at)
    expect(await state(at, cookie)).toMatchObject({ state: 0, p1: 0, list: [['5468756973', expect.any(Number), 1]] })
    expect((await request(at, 'POST', '/try', cookie, tryBody(['Thuis', 'right-password'])))?.status).toBe(202)
    expect(await verdict(bench, at, cookie)).toMatchObject({ state: 4, verdicts: [0] })
    await bench.waitFor(/^session: open/)
    await bench.waitFor(/^setup: closed/)
    expect(bench.house.own).toBeUndefined()
    expect(await sendRaw(at, 'GET / HTTP/1.1\r\n\r\n')).toBeUndefined()
    expect(bench.config().networks).toEqual([{ ssid: 'Thuis', password: 'right-password' }])
    await bench.waitFor(/^acked/)
    bench.dongle.powerCut('now')
    await bench.waitFor(/^session: open/, 2)
    expect(bench.lines.filter(line => line === 'setup: open')).toHaveLength(1)
    expect(bench.lines.join('\n')).not.toMatch(/right-password|Thuis|ABCD-EFGH/)
  })
})

describe('what is wrong is said, by the number of docs/reasons.md', () => {
  const wrong = (ssid: string, password: string): string => tryBody([ssid, password])
  test.each([
    ['a wrong password', 4, wrong('Thuis', 'wrong-password'), {}],
    ['no such network', 1, wrong('Nergens', 'right-password'), {}],
    ['no address', 11, wrong('Thuis', 'right-password'), { ip: null }],
    ['no internet', 17, wrong('Thuis', 'right-password'), { isDnsDead: true }],
  ])('%s', async (_name, code, body, unkind) => {
    const bench = await aBench()
    const at = await bench.opened()
    Object.assign(bench.house, unkind)
    const cookie = await cookieOf(at)
    await request(at, 'POST', '/try', cookie, body)
    expect(await verdict(bench, at, cookie)).toMatchObject({ state: 3, verdicts: [code] })
    expect(bench.config().networks).toEqual([])
    // the light says it too, whenever its eight seconds come round
    const wanted = (codeTimes(code).length + 1) / 2
    await expect.poll(() => bench.lights).toContain(wanted)
    // and the right one, after that
    Object.assign(bench.house, { ip: '192.0.2.10', isDnsDead: false })
    expect((await request(at, 'POST', '/try', cookie, tryBody(['Thuis', 'right-password'])))?.status).toBe(202)
    await bench.waitFor(/^network: up/)
  })

  test('a gateway that is away: no dial stops the page, and the network may be kept all the same', async () => {
    const bench = await aBench({ gateway: { host: 'localhost', port: 9 } })
    const at = await bench.opened()
    const cookie = await cookieOf(at)
    expect((await request(at, 'POST', '/keep', cookie))?.status).toBe(409)
    await request(at, 'POST', '/try', cookie, tryBody(['Thuis', 'right-password']))
    expect(await verdict(bench, at, cookie)).toMatchObject({ state: 3, verdicts: [18] })
    expect((await request(at, 'POST', '/keep', cookie))?.status).toBe(202)
    expect(await state(at, cookie)).toMatchObject({ state: 4 })
    await bench.waitFor(/^setup: closed/)
    expect(bench.config().networks).toEqual([{ ssid: 'Thuis', password: 'right-password' }])
    expect(bench.lines.some(line => /^link: down, 2[12]$/.test(line))).toBe(false)
  })

  test('a second, hidden network that is wrong is said, and the first kept without it; both right, both are kept', async () => {
    const port = await aGateway()
    const points = [accessPoint('Thuis'), accessPoint('Schuur', { isHidden: true })]
    const bench = await aBench({ gateway: { host: 'localhost', port }, points })
    const at = await bench.opened()
    const cookie = await cookieOf(at)
    await request(at, 'POST', '/try', cookie, tryBody(['Thuis', 'right-password'], ['Schuur', 'wrong-password']))
    expect(await verdict(bench, at, cookie)).toMatchObject({ state: 3, verdicts: [0, 4] })
    await request(at, 'POST', '/try', cookie, tryBody(['Thuis', 'right-password'], ['Schuur', 'right-password']))
    await bench.waitFor(/^setup: kept/)
    expect(bench.config().networks.map(one => one.ssid)).toEqual(['Thuis', 'Schuur'])
  })

  test('a closed P1 port, an unreadable one and a good one', async () => {
    const bench = await aBench({ hasMeter: false })
    const at = await bench.opened()
    const cookie = await cookieOf(at)
    await expect.poll(async () => (await state(at, cookie)).p1).toBe(39)
    bench.meter(true)
    await expect.poll(async () => (await state(at, cookie)).p1).toBe(0)
  })
})

describe('when it opens and when it closes', () => {
  test('it closes after ten minutes', async () => {
    const bench = await aBench({ hasMeter: false, speed: 60 })
    await bench.waitFor(/^setup: closed/)
    const atMs = (line: string): number => bench.timesMs[bench.lines.indexOf(line)] as number
    // it looked around for two seconds first
    expect(atMs('setup: closed') - atMs('setup: open')).toBeGreaterThan(590_000)
    expect(bench.house.own).toBeUndefined()
  })

  test('a dongle that has a network and loses it never opens one of its own', async () => {
    const networks = [{ ssid: 'Weg', password: 'right-password' }]
    const bench = await aBench({ networks, hasMeter: false, speed: 120 })
    await bench.waitFor(/^boot 2, after: network/)
    await bench.waitFor(/^network: 1$/, 12)
    expect(bench.lines.join('\n')).not.toContain('setup')
  })

  test('the button, held for five seconds and let go, opens it; untouched, the old network is back afterwards', async () => {
    const networks = [{ ssid: 'Thuis', password: 'right-password' }]
    const bench = await aBench({ networks, hasMeter: false, speed: 60 })
    await bench.waitFor(/^network: up/)
    bench.dongle.press(true)
    await expect.poll(() => bench.nowMs()).toBeGreaterThan(bench.nowMs() + 20_000)
    expect(bench.house.own).toBeUndefined()
    bench.dongle.press(false)
    await bench.waitFor(/^boot 2, after: setup/)
    await bench.opened()
    await bench.waitFor(/^setup: closed/)
    await bench.waitFor(/^network: up/, 2)
    expect(bench.config().networks).toEqual(networks)
  })

  test('three power-ups in a row open it, two do not', async () => {
    const networks = [{ ssid: 'Thuis', password: 'right-password' }]
    const bench = await aBench({ networks, hasMeter: false })
    await bench.waitFor(/^network: up/)
    bench.dongle.powerCut('now')
    await bench.waitFor(/^boot 2, after: power/)
    await bench.waitFor(/^network: up/, 2)
    expect(bench.house.own).toBeUndefined()
    bench.dongle.powerCut('now')
    await bench.waitFor(/^setup: open/)
    expect(bench.lines.filter(line => /^boot/.test(line))).toHaveLength(3)
  })
})

describe('what it keeps out', () => {
  test('whoever has not had the page gets nothing, another name leads to the page, and what is not asked so is refused', async () => {
    const bench = await aBench({ gateway: { host: 'localhost', port: 9 } })
    const at = await bench.opened()
    const cookie = await cookieOf(at)
    expect(cookie).toMatch(/^nrt=[0-9a-f]{32}$/)
    const status = async (...of: [string, string, string?, string?, string?]) => (await request(at, ...of))?.status
    expect(await status('GET', '/state')).toBe(403)
    expect(await status('GET', '/state', `${cookie.slice(0, -1)}x`)).toBe(403)
    expect(await status('GET', '/state', `${'x'.repeat(40)}; ${cookie.slice(0, 20)}`)).toBe(403)
    expect(await status('POST', '/try', 'nrt=', tryBody(['Thuis', 'right-password']))).toBe(403)
    expect(await status('POST', '/keep')).toBe(403)
    const led = await request(at, 'GET', '/generate_204', cookie, '', 'connectivitycheck.gstatic.com')
    expect([led?.status, led?.headers.location]).toEqual([302, 'http://192.168.4.1/'])
    expect(await status('POST', '/try', cookie, tryBody(['Thuis', 'right-password']), 'evil.example')).toBe(302)
    expect(await status('GET', '/../../.bootcde', cookie)).toBe(404)
    expect(await status('POST', '/state', cookie)).toBe(404)
    expect(await status('DELETE', '/', cookie)).toBe(405)
    expect(await status('POST', '/try', cookie, '<script>')).toBe(400)
    expect(await status('POST', '/try', cookie, 'a'.repeat(401))).toBe(413)
    expect((await sendRaw(at, `GET / HTTP/1.1\r\nHost: 192.168.4.1\r\nX: ${'y'.repeat(3000)}`))?.status).toBe(413)
    expect((await sendRaw(at, Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 13, 10, 13, 10])))?.status).toBe(400)
    // in another network others may reach the port: who was not here before gets no page
    await request(at, 'POST', '/try', cookie, tryBody(['Thuis', 'right-password']))
    await bench.waitFor(/^network: up/)
    expect(await status('GET', '/')).toBe(403)
    expect(await status('GET', '/', cookie)).toBe(200)
    expect(await status('POST', '/try', cookie, tryBody(['Thuis', 'right-password']))).toBe(409)
    expect(bench.lines.filter(line => /error|Uncaught/i.test(line))).toEqual([])
  })

  test('many guests and slow ones: four at a time, none for longer than 15 s, and then everybody again', async () => {
    const bench = await aBench()
    const at = await bench.opened()
    const cookie = await cookieOf(at)
    const slow = Array.from({ length: 30 }, () => sendRaw(at, 'GET / HTTP/1.1\r\n'))
    const answers = await Promise.all(slow)
    expect(answers.filter(answer => answer !== undefined)).toEqual([])
    expect(await state(at, cookie)).toMatchObject({ state: 0 })
    const crowd = await Promise.all(Array.from({ length: 30 }, () => request(at, 'GET', '/', cookie)))
    const served = crowd.filter(answer => answer !== undefined)
    expect(served.length).toBeGreaterThanOrEqual(4)
    for (const answer of served) expect(answer.body.length).toBe(Number(answer.headers['content-length']))
    expect(bench.lines.filter(line => /error|Uncaught/i.test(line))).toEqual([])
  })

  test('every name leads to the page, so that a phone shows it by itself; what is no question gets no answer', async () => {
    const bench = await aBench()
    await bench.opened()
    await expect.poll(() => bench.reach(53)).toBeDefined()
    const resolver = new Resolver({ timeout: 2000, tries: 10 })
    const ask = async (name: string): Promise<string[]> => {
      resolver.setServers([`127.0.0.1:${bench.reach(53)}`])
      return resolver.resolve4(name)
    }
    expect(await ask('captive.apple.com')).toEqual(['192.168.4.1'])
    await expect(resolver.resolve6('captive.apple.com')).rejects.toMatchObject({ code: 'ENODATA' })
    const socket = createSocket('udp4')
    for (const junk of [Buffer.alloc(0), Buffer.alloc(2000, 255), Buffer.from('hello')]) {
      socket.send(junk, bench.reach(53) as number, '127.0.0.1')
    }
    await expect.poll(() => ask('example.org').catch(() => [])).toEqual(['192.168.4.1'])
    socket.close()
    expect(bench.lines.filter(line => /error|Uncaught/i.test(line))).toEqual([])
  })
})
