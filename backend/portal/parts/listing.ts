// Lists that go on: as many pages as somebody has asked to see, one after the other by the cursor that each hands on, and all of those anew when something
// was done or time has passed. What was shown stays until the answer is there, also that of another path.

import { useEffect, useRef, useState } from 'preact/hooks'
import { ok } from '../../../shared/kernel/result.ts'
import { type ApiFault, getJson } from '../api/client.ts'
import { type Get, type Page, type Read, readPages } from './read-pages.ts'

export interface List<T> {
  /** Undefined until the first answer; those of the path before until this one's is there. */
  items: T[] | undefined
  /** They are not this path's yet. */
  isBehind: boolean
  /** How asking went the last time. */
  fault: ApiFault | undefined
  hasMore: boolean
  more(): void
  /** All that is shown, anew. */
  ask(): void
}

/** Begins anew when `path` changes. `everyMs`: asked again so often; 0 is never. `firstPages`: so many at once, where a part would mislead. */
export function useList<T>(path: string, everyMs = 0, firstPages = 1): List<T> {
  const [shown, setShown] = useState<(Read<T> & { path: string }) | undefined>()
  const [fault, setFault] = useState<ApiFault | undefined>()
  const left = useRef<AbortController | undefined>()
  const known = shown?.path === path ? shown : undefined
  const newest = useRef(known)
  newest.current = known

  function load(pages: number, before?: Read<T>): void {
    left.current?.abort()
    const own = new AbortController()
    left.current = own
    const get: Get<T> = async wanted => {
      const answer = await getJson<Page<T>>(wanted, own.signal)
      return answer.ok ? ok(answer.value.body) : answer
    }
    void readPages(get, path, pages, before).then(read => {
      if (own.signal.aborted) return
      left.current = undefined
      setFault(read.ok ? undefined : read.fault)
      if (read.ok) setShown({ ...read.value, path })
    })
  }
  const ask = (): void => load(Math.max(newest.current?.pages ?? 0, firstPages))

  useEffect(() => {
    newest.current = undefined
    ask()
    const timer =
      everyMs > 0 &&
      setInterval(() => {
        if (document.visibilityState !== 'hidden' && left.current === undefined) ask()
      }, everyMs)
    return () => {
      if (timer) clearInterval(timer)
      left.current?.abort()
      left.current = undefined
    }
  }, [path, everyMs])
  return {
    items: shown?.items,
    isBehind: known === undefined,
    fault,
    hasMore: known !== undefined && known.next !== null,
    more: () => known !== undefined && load(known.pages + 1, known),
    ask,
  }
}
