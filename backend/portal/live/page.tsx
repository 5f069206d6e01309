// The first page: power now, the curve, today, the registers, the line. One scene at a time; within the live scene every
// part keeps its place whatever it knows.

import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'
import './live.css'
import { DoctorCard } from '../doctor/card.tsx'
import { AllDone, FirstSteps } from '../first-steps/page.tsx'
import { KeyForm } from '../parts/key-form.tsx'
import type { Words } from '../parts/words.ts'
import { TermsFirst } from '../sharing/terms-first.tsx'
import { Announcer } from './announcer.tsx'
import { ChartCard } from './chart-card.tsx'
import { PowerCard } from './power-card.tsx'
import { QualityCard } from './quality-card.tsx'
import { RegistersCard } from './registers-card.tsx'
import type { LiveEvent, LiveState } from './state.ts'
import { TodayCard } from './today-card.tsx'
import { retryInS, sceneOf } from './verdict.ts'

interface LivePageProps {
  state: LiveState
  words: Words
  dispatch(event: LiveEvent): void
}

export function LivePage({ state, words, dispatch }: LivePageProps) {
  const scene = sceneOf(state)
  const isBare = useBare(state)
  const [wasLed, setLed] = useState(false)
  if (scene === 'no-key') return <KeyForm words={words} />
  if (scene === 'no-terms') return <TermsFirst words={words} onAccepted={() => dispatch({ kind: 'terms-accepted' })} />
  if (scene === 'unreachable') return <Unreachable state={state} words={words} dispatch={dispatch} />
  if (isBare) {
    const hasPoint = scene !== 'no-point'
    const lookAgain = () => dispatch({ kind: 'retry-now' })
    return (
      <FirstSteps words={words} hasPoint={hasPoint} onLed={() => setLed(true)} onBound={lookAgain}>
        {hasPoint ? <Cards state={state} words={words} dispatch={dispatch} /> : <NoPoint words={words} />}
      </FirstSteps>
    )
  }
  return (
    <>
      {wasLed && scene === 'live' && <AllDone words={words} onClose={() => setLed(false)} />}
      <Cards state={state} words={words} dispatch={dispatch} />
    </>
  )
}

/** There is no point, or no dongle at it. While the page finds out anew it is as it was: what somebody types meanwhile stays. */
function useBare(state: LiveState): boolean {
  const isBare = useRef(false)
  const scene = sceneOf(state)
  if (scene === 'no-point') isBare.current = true
  else if (scene === 'live') isBare.current = false
  else if (scene === 'no-reading' && state.quality !== undefined) isBare.current = state.quality.dongle === undefined
  return isBare.current
}

function Cards({ state, words, dispatch }: LivePageProps) {
  const scene = sceneOf(state)
  const point = state.points?.find(candidate => candidate.id === state.pointId)
  return (
    <div class="live" aria-busy={scene === 'loading'}>
      <Announcer state={state} words={words} />
      <PowerCard state={state} words={words} onRetry={() => dispatch({ kind: 'retry-now' })} />
      {scene === 'no-reading' ? (
        <NoReading words={words} />
      ) : (
        <ChartCard
          state={state}
          words={words}
          sinceS={point?.sinceS ?? 0}
          onWindow={window => dispatch({ kind: 'window-chosen', window })}
        />
      )}
      <TodayCard state={state} words={words} country={point?.country} />
      <RegistersCard state={state} words={words} country={point?.country} />
      <QualityCard state={state} words={words} />
      {state.pointId !== undefined && (
        <DoctorCard words={words} path={`/metering-points/${encodeURIComponent(state.pointId)}/diagnosis`} />
      )}
    </div>
  )
}

function NoPoint({ words: { say } }: { words: Words }) {
  return (
    <Notice title={say.noPointTitle}>
      {say.noPointText}{' '}
      <a class="way" href="#dongles">
        {say.dongles.claimTitle}
      </a>
    </Notice>
  )
}

function Notice({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="card notice" aria-labelledby="notice-title">
      <h2 id="notice-title">{title}</h2>
      <p>{children}</p>
    </section>
  )
}

function Unreachable({ state, words, dispatch }: LivePageProps) {
  const { say, format } = words
  const seconds = retryInS(state)
  return (
    <section class="card notice" aria-labelledby="notice-title">
      <h2 id="notice-title">{say.unreachableTitle}</h2>
      <p>{say.unreachableText}</p>
      <div class="status" data-kind="cut">
        <p>
          <span class="dot" aria-hidden="true" />
          {seconds > 0 ? say.reconnectIn(format.seconds(seconds)) : say.connecting}
        </p>
        <button type="button" class="small" onClick={() => dispatch({ kind: 'retry-now' })}>
          {say.retryNow}
        </button>
      </div>
    </section>
  )
}

function NoReading({ words }: { words: Words }) {
  const { say } = words
  return (
    <section class="card curve" aria-labelledby="steps-title">
      <h2 id="steps-title">{say.noReadingTitle}</h2>
      <ul class="steps">
        {say.noReadingSteps.map(step => (
          <li key={step}>{step}</li>
        ))}
      </ul>
    </section>
  )
}
