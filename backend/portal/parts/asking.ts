// What pages ask for again and again, and pages that are asked for one after the other. A word for an act is made once per act, so that a
// second click, or the same click from a phone that lost its connection, is the same act.

import { useEffect, useRef, useState } from 'preact/hooks'
import { type ApiFault, getJson } from '../api/client.ts'

export interface Page<T> {
  items: T[]
  next: string | null
}

export function onceWord(): string {
  return crypto.randomUUID()
}

/** What `path` has, how asking went the last time, and how to ask at once; undefined until it has answered. Asked again every `everyMs`. */
export function useAsked<T>(path: string, everyMs: number): [T | undefined, ApiFault | undefined, () => void] {
  const [value, setValue] = useState<T | undefined>()
  const [fault, setFault] = useState<ApiFault | undefined>()
  const ask = useRef(() => {})
  useEffect(() => {
    const left = new AbortController()
    let asked = 0
    let answered = 0
    ask.current = () => {
      const turn = ++asked
      void getJson<T>(path, left.signal).then(answer => {
        // what was asked before an act may be answered after what was asked behind it
        if (left.signal.aborted || turn < answered) return
        answered = turn
        setFault(answer.ok ? undefined : answer.fault)
        if (answer.ok) setValue(answer.value.body)
      })
    }
    ask.current()
    const timer = setInterval(() => {
      if (document.visibilityState !== 'hidden') ask.current()
    }, everyMs)
    return () => {
      clearInterval(timer)
      left.abort()
    }
  }, [path, everyMs])
  return [value, fault, () => ask.current()]
}

/** The pages of `path` so far, whether there is another, and how to have it; how asking went the last time. Begins anew when `path` changes. */
export function usePages<T>(path: string): {
  items: T[] | undefined
  fault: ApiFault | undefined
  hasMore: boolean
  more: () => void
} {
  const [fault, setFault] = useState<ApiFault | undefined>()
  const [pages, setPages] = useState<{ path: string; items: T[]; next: string | null } | undefined>()
  const left = useRef(new AbortController())
  const known = pages?.path === path ? pages : undefined

  function load(before: T[], cursor: string | undefined): void {
    const own = new AbortController()
    left.current.abort()
    left.current = own
    const joint = path.includes('?') ? '&' : '?'
    const wanted = cursor === undefined ? path : `${path}${joint}cursor=${encodeURIComponent(cursor)}`
    void getJson<Page<T>>(wanted, own.signal).then(answer => {
      if (own.signal.aborted) return
      setFault(answer.ok ? undefined : answer.fault)
      if (!answer.ok) return
      const { items, next } = answer.value.body
      setPages({ path, items: [...before, ...items], next })
    })
  }

  useEffect(() => {
    load([], undefined)
    return () => left.current.abort()
  }, [path])
  return {
    items: known?.items,
    fault,
    hasMore: known !== undefined && known.next !== null,
    more: () => known?.next != null && load(known.items, known.next),
  }
}
