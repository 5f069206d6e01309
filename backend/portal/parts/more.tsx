// Under a list that goes on: how many are shown, said also to who listens, and the way to more. Whoever asks for more finds the first of what came.

import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { List } from './listing.ts'
import type { Words } from './words.ts'

interface MoreProps {
  words: Words
  list: Pick<List<unknown>, 'items' | 'hasMore' | 'more'>
  /** Has one element for each item of the list, in its order, and nothing else before them. */
  rows: RefObject<HTMLElement>
}

export function More({ words: { say, format }, list: { items, hasMore, more }, rows }: MoreProps) {
  const count = items?.length ?? 0
  /** So many were there when more was asked for. */
  const before = useRef<number | undefined>()
  const wasLong = useRef(false)
  if (hasMore) wasLong.current = true
  useLayoutEffect(() => {
    if (before.current === undefined || count <= before.current) return
    const first = rows.current?.children[before.current]
    before.current = undefined
    if (!(first instanceof HTMLElement)) return
    first.tabIndex = -1
    first.focus()
  }, [count])
  return (
    <div class={wasLong.current ? 'more' : 'more unseen'}>
      {hasMore && (
        <button
          type="button"
          class="small quiet"
          onClick={() => {
            before.current = count
            more()
          }}
        >
          {say.more}
        </button>
      )}
      <p class="hint" role="status">
        {items === undefined ? '' : say.shown(format.whole(count), hasMore)}
      </p>
    </div>
  )
}
