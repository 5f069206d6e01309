// What a page asks for again and again (lists that go on: listing.ts). A word for an act is made once per act, so that a second click, or the same click
// from a phone that lost its connection, is the same act.

import { useEffect, useRef, useState } from 'preact/hooks'
import { type ApiFault, getJson } from '../api/client.ts'

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
