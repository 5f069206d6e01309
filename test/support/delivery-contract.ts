// What delivery does on any store: what is stored reaches who has a permission, cut to it, at least once over failures and restarts; whoever hangs holds up
// nobody; and after an end nothing leaves.

import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FIELD_NAMES } from '../../shared/reading/fields.ts'
import { DELIVERY_FORMATS, type DeliveryFormat } from '../../shared/schema/delivery.ts'
import { aBatch, arrived } from './batches.ts'
import {
  openHook,
  openTestDelivery,
  readStream,
  type TestDelivery,
  type TestHook,
  type TestReader,
} from './delivery.ts'
import { EAN } from './facts.ts'
import type { TestStore } from './store.ts'

/** `isWhole` false: only what is told from one engine to another. */
export function testDelivery(open: () => Promise<TestStore>, isWhole = true): void {
  const testOnce = (name: string, body: () => Promise<void>): void => {
    if (isWhole) test(name, body)
  }
  let t: TestStore
  let d: TestDelivery
  let dongles: { dongleId: string; ean: string; tenureNo: number }[]
  let nextSeq: number
  const T0 = Math.floor(Date.now() / 1000) - 4000
  const hooks: TestHook[] = []
  const readers: TestReader[] = []

  beforeEach(async () => {
    t = await open()
    dongles = [await t.addDongle(1), await t.addDongle(2)]
    nextSeq = 0
    d = await openTestDelivery(t.store)
  })
  afterEach(async () => {
    for (const { client } of readers.splice(0)) await client.endAsync(true)
    await d.stop()
    for (const hook of hooks.splice(0)) await hook.close()
    await t.close()
  })

  /** The next `count` seconds of a dongle. */
  function seconds(count: number, of = 0) {
    const firstSeq = nextSeq
    nextSeq += count
    return arrived(dongles[of]!.dongleId, aBatch({ firstSeq, startS: T0 + firstSeq, count }), Date.now())
  }
  const timesUpTo = (end: number, from = 0) => Array.from({ length: end - from }, (_, i) => T0 + from + i)
  const permit = (permissionId: string, espId: string, need = {}, of = 0) =>
    d.grant({ permissionId, espId, tenureNo: dongles[of]!.tenureNo, need })

  async function reader(espId: string, filter?: string): Promise<TestReader> {
    const one = await readStream(d.port, espId, filter, `reader ${readers.length}`)
    readers.push(one)
    return one
  }

  async function hook(espId: string, format: DeliveryFormat = 'json'): Promise<TestHook & { secret: string }> {
    const one = await openHook()
    hooks.push(one)
    const set = await d.delivery.routes.endpoints.set(espId, one.url, format)
    if (!set.ok) throw new Error(set.fault.code)
    d.delivery.outbox.wanted(espId, 'webhook')
    return { ...one, secret: set.value.secret }
  }
  const sorted = (times: number[]) => [...new Set(times)].sort((a, b) => a - b)

  describe('delivery', () => {
    testOnce(
      'brings what was stored before and what is stored now to stream and webhook, with the agreed fields only',
      async () => {
        permit('perm_a', 'esp_a', { fields: ['offtakeW'] })
        await d.arrive(seconds(5))
        const stream = await reader('esp_a')
        const posts = await hook('esp_a')
        await d.arrive(seconds(5))
        await expect.poll(() => sorted(stream.timesS())).toEqual(timesUpTo(10))
        await expect.poll(() => sorted(posts.timesS())).toEqual(timesUpTo(10))
        expect(stream.came[0]).toMatchObject({
          topic: 'esp/1/esp_a/perm_a/json',
          document: { permissionId: 'perm_a', flag: 'informative, not validated' },
        })
        for (const { document } of stream.came)
          for (const row of document.readings) expect(Object.keys(row)).toEqual(['timeS', 'offtakeW'])
        const { headers, body } = posts.came[0]!
        expect(new Webhook(posts.secret).verify(body, headers as Record<string, string>)).toMatchObject({
          specversion: '1.0',
          type: 'nrt.readings.json',
          id: headers['webhook-id'],
        })
        expect(() => new Webhook(posts.secret).verify(`${body} `, headers as Record<string, string>)).toThrow()
      },
    )

    testOnce(
      'says the EAN to who needs it and to nobody else: in no topic, payload, address, header or body',
      async () => {
        const canary = new RegExp(`${EAN}|${dongles.map(({ ean, dongleId }) => `${ean}|${dongleId}`).join('|')}`)
        const all = [...FIELD_NAMES]
        permit('perm_needs', 'esp_needs', { fields: all, needsEan: true })
        const needing = await reader('esp_needs', '+/+')
        const formats = DELIVERY_FORMATS.map(format => `esp_${format}`)
        const without = await reader(formats[0] as string, '#')
        const posts: TestHook[] = []
        for (const [i, format] of DELIVERY_FORMATS.entries()) {
          permit(`perm_${format}`, formats[i] as string, { fields: all })
          posts.push(await hook(formats[i] as string, format))
        }
        await d.arrive(seconds(3))
        const formatsOf = ({ came }: TestReader) => new Set(came.map(({ topic }) => topic.split('/').at(-1)))
        await expect.poll(() => [formatsOf(without).size, formatsOf(needing).size]).toEqual([3, 3])
        await expect.poll(() => posts.map(({ came }) => came.length > 0)).toEqual([true, true, true])
        expect(JSON.stringify([without.came, posts.map(({ came }) => came)])).not.toMatch(canary)
        for (const { document } of needing.came) expect(JSON.stringify(document)).toMatch(new RegExp(EAN))
      },
    )

    testOnce('gives each ESP its own permissions and no other’s, whatever it subscribes to', async () => {
      permit('perm_a', 'esp_a')
      permit('perm_b', 'esp_b', {}, 1)
      const own = await reader('esp_b')
      await expect(own.client.subscribeAsync('esp/1/esp_a/#', { qos: 1 })).rejects.toThrow()
      await expect(own.client.subscribeAsync('#', { qos: 1 })).rejects.toThrow()
      await d.arrive(seconds(3))
      await d.arrive(seconds(3, 1))
      await expect.poll(() => own.timesS()).toHaveLength(3)
      expect(new Set(own.came.map(({ document }) => document.permissionId))).toEqual(new Set(['perm_b']))
    })

    testOnce(
      'stops with the permission: the reader is dropped, what waits stays, and what else it had goes on when it comes again',
      async () => {
        permit('perm_a', 'esp_a')
        permit('perm_b', 'esp_a', {}, 1)
        const first = await reader('esp_a')
        await d.arrive(seconds(3))
        await expect.poll(() => first.timesS()).toHaveLength(3)
        const dropped = new Promise<void>(resolve => first.client.once('close', () => resolve()))
        // Readings come while the end commits, and after it.
        await d.revoke('perm_a', () => d.arrive(seconds(3)))
        await d.arrive(seconds(3))
        await dropped
        const again = await reader('esp_a')
        await d.arrive(seconds(4, 1))
        await expect.poll(() => again.timesS()).toHaveLength(4)
        expect(first.timesS()).toHaveLength(3)
        expect(new Set(again.came.map(({ document }) => document.permissionId))).toEqual(new Set(['perm_b']))
        expect(await d.registry.getSingleMetricAsString('nrt_delivery_end_seconds')).toContain(
          'nrt_delivery_end_seconds_count 1',
        )
      },
    )

    testOnce('goes on where it was when an end could not be written', async () => {
      permit('perm_a', 'esp_a')
      const stream = await reader('esp_a')
      const closing = d.validity.closing(['perm_a'])
      await d.arrive(seconds(5))
      expect(stream.came).toEqual([])
      closing.failed()
      await expect.poll(() => sorted(stream.timesS())).toEqual(timesUpTo(5))
    })

    testOnce('to an ESP that hangs holds up nobody else, and comes when it answers again', async () => {
      permit('perm_a', 'esp_a')
      permit('perm_b', 'esp_b')
      const [hanging, quick] = [await hook('esp_a'), await hook('esp_b')]
      hanging.answer(() => undefined)
      for (let i = 0; i < 60; i++) await d.arrive(seconds(1))
      await expect.poll(() => sorted(quick.timesS())).toEqual(timesUpTo(60))
      const waits = (espId: string) => d.delivery.outbox.waitingFor(espId, 'webhook')
      const late = await waits('esp_a')
      expect(late.waiting).toBe(1)
      expect(late.sinceS).toBeLessThanOrEqual(timesUpTo(1)[0] as number)
      hanging.answer(response => void response.writeHead(200).end())
      await expect.poll(() => sorted(hanging.timesS())).toEqual(timesUpTo(60))
      for (const espId of ['esp_a', 'esp_b'])
        await expect.poll(() => waits(espId)).toEqual({ waiting: 0, sinceS: null })
    })

    testOnce('is tried again after garbage, a redirect, a cut and a 503, under the same name', async () => {
      permit('perm_a', 'esp_a')
      const posts = await hook('esp_a')
      let followed = 0
      const trap = await openHook()
      hooks.push(trap)
      trap.answer(response => {
        followed++
        response.end()
      })
      posts.answer((response, count) => {
        if (count === 1) response.socket?.end('HTTP/1.1 banana\r\n\r\n')
        else if (count === 2) response.writeHead(307, { location: trap.url }).end()
        else if (count === 3) response.socket?.destroy()
        else if (count === 4) response.writeHead(503, { 'retry-after': '0' }).end()
        else response.writeHead(204).end()
      })
      await d.arrive(seconds(5))
      await expect.poll(() => posts.came.length).toBe(5)
      expect(new Set(posts.came.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
      expect(followed).toBe(0)
      await expect.poll(async () => (await d.delivery.routes.deskOf('esp_a')).lastAnswer).toBe('204')
    })

    test('that the endpoint calls wrong becomes a dead letter without readings, and goes out again when it is replayed, also over a kill', async () => {
      const permission = permit('perm_a', 'esp_a')
      const posts = await hook('esp_a')
      const { checkpoint } = d.delivery.routes
      posts.answer(response => void response.writeHead(422).end())
      await d.arrive(seconds(5))
      await expect.poll(() => checkpoint.dead('esp_a', { after: -1, limit: 10 })).toHaveLength(1)
      const [dead] = await checkpoint.dead('esp_a', { after: -1, limit: 10 })
      expect(dead).toMatchObject({ permissionId: 'perm_a', fromS: T0, toS: T0 + 5, code: 'answer-422' })
      expect(await checkpoint.oneDead('esp_b', dead!.no)).toBeUndefined()
      posts.answer(() => {})
      expect(await d.delivery.routes.replay(dead!)).toBe(true)
      expect(await checkpoint.dead('esp_a', { after: -1, limit: 10 })).toEqual([])
      await expect.poll(() => posts.came.length).toBe(2)
      await d.abandon()
      posts.answer(response => void response.writeHead(200).end())
      d = await openTestDelivery(t.store, { standing: [permission] })
      await expect.poll(() => posts.came.length).toBe(3)
      expect(new Set(posts.came.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    })

    test('goes on after a restart, and after a kill: all that was not confirmed comes, also what nobody was told of', async () => {
      const permission = permit('perm_a', 'esp_a')
      const stream = await reader('esp_a')
      await d.arrive(seconds(5))
      await expect.poll(() => sorted(stream.timesS())).toHaveLength(5)
      await stream.client.endAsync(true)
      await d.arrive(seconds(5))
      await d.stop()

      d = await openTestDelivery(t.store, { standing: [permission] })
      await expect.poll(() => d.delivery.outbox.pendingLanes()).toBe(1)
      const second = await reader('esp_a')
      await expect.poll(() => sorted(second.timesS())).toEqual(timesUpTo(10, 5))
      await second.client.endAsync(true)
      await d.abandon()
      // Stored, and the process dies before it can tell anybody.
      await t.store.commit([seconds(5)])

      d = await openTestDelivery(t.store, { standing: [permission] })
      const third = await reader('esp_a')
      await expect.poll(() => sorted(third.timesS()).filter(timeS => timeS >= T0 + 10)).toEqual(timesUpTo(15, 10))
    })

    testOnce('is written down for the customer: who took how many readings of which times', async () => {
      permit('perm_a', 'esp_a')
      const stream = await reader('esp_a')
      await d.arrive(seconds(5))
      await d.arrive(seconds(5))
      await expect.poll(() => stream.timesS()).toHaveLength(10)
      const page = await d.delivery.routes.pull.range('esp_a', 'perm_a', { fromS: T0, toS: T0 + 4, limit: 100 })
      expect(page.delivery.rows).toHaveLength(4)
      expect(d.accesses).toMatchObject([
        { permissionId: 'perm_a', channel: 'rest', readings: 4, fromS: T0, toS: T0 + 3 },
      ])
      // The reader has them; what is written down is what it has confirmed.
      await expect
        .poll(() => d.registry.getSingleMetricAsString('nrt_delivery_readings_total'))
        .toContain('{channel="mqtt"} 10')
      await d.stop()
      expect(d.accesses).toHaveLength(2)
      expect(d.accesses[1]).toMatchObject({
        permissionId: 'perm_a',
        channel: 'mqtt',
        readings: 10,
        fromS: T0,
        toS: T0 + 9,
      })
    })
  })
}
