// Power now: one number, calm and large, which way it flows, and whether it is still true.

import type { ComponentChildren } from 'preact'
import { BalanceIcon, InjectionIcon, OfftakeIcon } from '../parts/icons.tsx'
import type { Words } from '../parts/words.ts'
import type { LiveState } from './state.ts'
import { ageS, isCutOff, isStale, netPowerW, retryInS } from './verdict.ts'

interface PowerProps {
  state: LiveState
  words: Words
  onRetry(): void
}

export function PowerCard({ state, words, onRetry }: PowerProps) {
  const { say, format } = words
  const watts = netPowerW(state)
  const direction = watts === undefined || watts === 0 ? 'none' : watts > 0 ? 'offtake' : 'injection'
  const stale = isStale(state)
  const power = watts === undefined ? { value: '–', unit: 'W' } : format.power(Math.abs(watts))
  return (
    <section class="card power" data-direction={direction} data-stale={stale} aria-labelledby="power-title">
      <h2 id="power-title" class="unseen">
        {say.powerNow}
      </h2>
      <LinkStatus state={state} words={words} onRetry={onRetry} />
      <p class="direction">
        <DirectionIcon direction={direction} />
        {watts === undefined
          ? say.noPowerYet
          : { offtake: say.fromGrid, injection: say.toGrid, none: say.balanced }[direction]}
      </p>
      <p class="figure" id="power-now">
        <span class="value">{power.value}</span> <span class="unit">{power.unit}</span>
      </p>
      <p class="when">{state.reading && whenText(state, words, stale)}</p>
    </section>
  )
}

function DirectionIcon({ direction }: { direction: 'offtake' | 'injection' | 'none' }) {
  if (direction === 'none') return <BalanceIcon />
  return direction === 'offtake' ? <OfftakeIcon /> : <InjectionIcon />
}

function whenText(state: LiveState, words: Words, stale: boolean): string {
  const timeS = state.reading?.timeS ?? 0
  const age = ageS(state) ?? 0
  const clock = age > 43_200 ? words.format.dayAndClock(timeS) : words.format.clock(timeS)
  const at = words.say.readAt(clock)
  return stale ? `${at} · ${words.format.ago(age)}` : at
}

/** One line that is always there, so that nothing moves when the connection does. */
function LinkStatus({ state, words, onRetry }: PowerProps) {
  const { say, format } = words
  const seconds = retryInS(state)
  if (isCutOff(state)) {
    return (
      <Status kind="cut" text={say.serverGone}>
        <span class="detail">{seconds > 0 ? say.reconnectIn(format.seconds(seconds)) : say.connecting}</span>
        <button type="button" class="small" onClick={onRetry} disabled={seconds === 0}>
          {say.retryNow}
        </button>
      </Status>
    )
  }
  if (state.link.phase === 'open') return <Status kind={isStale(state) ? 'quiet' : 'live'} text={say.live} />
  return <Status kind="quiet" text={state.link.phase === 'asleep' ? say.asleep : say.connecting} />
}

function Status(props: { kind: 'live' | 'quiet' | 'cut'; text: string; children?: ComponentChildren }) {
  return (
    <div class="status" data-kind={props.kind}>
      <p>
        <span class="dot" aria-hidden="true" />
        {props.text}
      </p>
      {props.children}
    </div>
  )
}
