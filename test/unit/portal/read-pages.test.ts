// Lists that go on, as a page reads them: by the cursor that each page hands on.

import { expect, test } from 'vitest'
import { readPages } from '../../../backend/portal/parts/read-pages.ts'
import { failed, ok } from '../../../shared/kernel/result.ts'

const ROWS = Array.from({ length: 450 }, (_, i) => i)

/** A server with 450 rows, 200 a page. */
function server(limit = 200) {
  const asked: string[] = []
  const get = async (path: string) => {
    asked.push(path)
    const from = Number(new URL(path, 'http://x').searchParams.get('cursor') ?? 0)
    const items = ROWS.slice(from, from + limit)
    return ok({ items, next: from + limit < ROWS.length ? String(from + limit) : null })
  }
  return { asked, get }
}

test('beyond 200 rows a list goes on page by page to its end, each row once', async () => {
  const { asked, get } = server()
  let read = await readPages(get, '/esps', 1)
  const shown: number[] = []
  for (;;) {
    if (!read.ok) throw new Error('it was answered')
    shown.push(read.value.items.length)
    if (read.value.next === null) break
    read = await readPages(get, '/esps', read.value.pages + 1, read.value)
  }
  expect(shown).toEqual([200, 400, 450])
  expect(read.value.items).toEqual(ROWS)
  expect(asked).toEqual(['/esps', '/esps?cursor=200', '/esps?cursor=400'])
})

test('what is shown is read anew whole, and no further; or all of it where a part would mislead', async () => {
  const { asked, get } = server()
  expect(await readPages(get, '/people?q=a', 2)).toMatchObject({ value: { pages: 2, next: '400' } })
  expect(asked).toEqual(['/people?q=a', '/people?q=a&cursor=200'])
  expect(await readPages(get, '/permissions', Number.POSITIVE_INFINITY)).toMatchObject({
    value: { items: ROWS, pages: 3, next: null },
  })
})

test('a page that does not come is said, and what was read before it stays with who asked', async () => {
  const { get } = server()
  const first = await readPages(get, '/esps', 1)
  if (!first.ok) throw new Error('it was answered')
  const gone = failed({ code: 'unreachable' as const })
  expect(await readPages(async () => gone, '/esps', 2, first.value)).toEqual(gone)
  expect(first.value.items).toHaveLength(200)
})
