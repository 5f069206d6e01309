// What a screen reader hears unasked: only that the page became live, lost its server, or went out of date. Never the
// running values; those are read where they stand.

import { useEffect, useState } from 'preact/hooks'
import type { Words } from '../parts/words.ts'
import type { LiveState } from './state.ts'
import { isCutOff, isStale, netPowerW } from './verdict.ts'

type Condition = 'unknown' | 'live' | 'cut' | 'late'

/** A change must last this long to be worth an interruption. */
const SETTLE_MS = 3000

export function Announcer({ state, words }: { state: LiveState; words: Words }) {
  const condition = conditionOf(state)
  const [text, setText] = useState('')
  // Said once per change of condition, with the words of that moment: not again at each reading.
  useEffect(() => {
    const timer = setTimeout(() => setText(announcement(condition, state, words)), SETTLE_MS)
    return () => clearTimeout(timer)
  }, [condition])
  return (
    <p class="unseen" role="status">
      {text}
    </p>
  )
}

function conditionOf(state: LiveState): Condition {
  if (isStale(state)) return isCutOff(state) ? 'cut' : 'late'
  return state.link.phase === 'open' && state.reading ? 'live' : 'unknown'
}

function announcement(condition: Condition, state: LiveState, { say, format }: Words): string {
  if (condition === 'cut') return say.announceServerGone
  if (condition === 'late') return say.announceLate
  const watts = netPowerW(state)
  if (condition === 'unknown' || watts === undefined) return ''
  return say.announceLive(`${watts < 0 ? say.injection : say.offtake} ${format.powerText(Math.abs(watts))}`)
}
