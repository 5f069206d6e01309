// A list's pages one after the other, by the cursor that each hands on. Pure but for what `get` does.

import { ok, type Result } from '../../../shared/kernel/result.ts'
import type { ApiFault } from '../api/client.ts'

/** As the server answers; `next` is null on the last one. */
export interface Page<T> {
  items: T[]
  next: string | null
}

/** What has been read of a list: so many of its pages. */
export interface Read<T> extends Page<T> {
  pages: number
}

export type Get<T> = (path: string) => Promise<Result<Page<T>, ApiFault>>

/** Reads on from `before`, or from the beginning, until there are `pages`, or the list is at its end. A page that does not come is the outcome. */
export async function readPages<T>(
  get: Get<T>,
  path: string,
  pages: number,
  before?: Read<T>,
): Promise<Result<Read<T>, ApiFault>> {
  let read = before
  while (read === undefined || (read.pages < pages && read.next !== null)) {
    const answer = await get(read === undefined ? path : withCursor(path, read.next ?? ''))
    if (!answer.ok) return answer
    const { items, next } = answer.value
    read = { items: [...(read?.items ?? []), ...items], next, pages: (read?.pages ?? 0) + 1 }
  }
  return ok(read)
}

function withCursor(path: string, cursor: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`
}
