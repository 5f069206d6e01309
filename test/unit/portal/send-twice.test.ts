// A button that is pressed twice: what the page sends then.

import { afterEach, expect, test, vi } from 'vitest'
import { sendJson } from '../../../backend/portal/api/client.ts'

afterEach(() => vi.unstubAllGlobals())

test('the same act while the first is under way is sent once, and again when that is over; another act is another', async () => {
  const sent: string[] = []
  const waiting: (() => void)[] = []
  vi.stubGlobal('fetch', async (url: string, { method = 'GET' }: RequestInit) => {
    if (method === 'GET') return Response.json({ person: { csrf: 'word' } })
    sent.push(url)
    await new Promise<void>(resolve => waiting.push(resolve))
    return Response.json({ n: sent.length })
  })
  const wish = { scope: 'look', days: 30 }
  const clicks = [sendJson('/mandates', wish), sendJson('/mandates', wish)]
  const other = sendJson('/mandates', { ...wish, days: 31 })
  await vi.waitFor(() => expect(waiting).toHaveLength(2), { timeout: 20_000 })
  for (const letGo of waiting.splice(0)) letGo()
  const [one, two] = await Promise.all(clicks)
  expect(two).toEqual(one)
  expect((await other).ok).toBe(true)
  expect(sent).toHaveLength(2)
  const again = sendJson('/mandates', wish)
  await vi.waitFor(() => expect(waiting).toHaveLength(1), { timeout: 20_000 })
  waiting[0]?.()
  expect((await again).ok).toBe(true)
  expect(sent).toHaveLength(3)
})
