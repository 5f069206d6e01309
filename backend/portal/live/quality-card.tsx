// How well the line does, in plain words first and in figures below: no figure without a word that judges it.

import type { ComponentChildren } from 'preact'
import type { Quality } from '../api/types.ts'
import { CheckIcon, WaitIcon, WarnIcon } from '../parts/icons.tsx'
import type { Words } from '../parts/words.ts'
import type { LiveState } from './state.ts'
import { ageS, type LineVerdict, lineVerdict, signalWord } from './verdict.ts'

/** Below this an age in seconds is only restless. */
const JUST_NOW_S = 10

export function QualityCard({ state, words }: { state: LiveState; words: Words }) {
  const verdict = lineVerdict(state)
  return (
    <section class="card quality" aria-labelledby="quality-title">
      <h2 id="quality-title">{words.say.quality}</h2>
      <p class="verdict" data-verdict={verdict}>
        <VerdictIcon verdict={verdict} />
        <span>{verdictText(verdict, state, words)}</span>
      </p>
      {state.quality && <Facts state={state} quality={state.quality} words={words} />}
    </section>
  )
}

function VerdictIcon({ verdict }: { verdict: LineVerdict }) {
  if (verdict === 'good') return <CheckIcon />
  return verdict === 'waiting' || verdict === 'catchingUp' ? <WaitIcon /> : <WarnIcon />
}

function verdictText(verdict: LineVerdict, state: LiveState, words: Words): string {
  const verdicts = words.say.verdicts
  return verdict === 'offline' ? verdicts.offline(words.format.ago(ageS(state) ?? 0)) : verdicts[verdict]
}

function Facts({ state, quality, words }: { state: LiveState; quality: Quality; words: Words }) {
  const { say, format } = words
  const { readings, lost, gaps } = quality.today
  const age = ageS(state)
  return (
    <dl class="facts">
      {age !== undefined && <Fact name={say.lastReading}>{age < JUST_NOW_S ? say.justNow : format.ago(age)}</Fact>}
      <Fact name={say.delay}>{delayText(quality.delayMs, words)}</Fact>
      <Fact name={say.receivedToday}>
        {say.readings(readings, format.whole(readings))}
        {readings + lost > 0 && <small>{say.complete(format.percent(readings, readings + lost))}</small>}
      </Fact>
      <Fact name={say.gapsToday}>{gaps === 0 ? say.none : format.whole(gaps)}</Fact>
      <Fact name={say.lostToday}>{lost === 0 ? say.none : say.readings(lost, format.whole(lost))}</Fact>
      {quality.dongle && <DongleFacts dongle={quality.dongle} words={words} />}
    </dl>
  )
}

function DongleFacts({ dongle, words }: { dongle: NonNullable<Quality['dongle']>; words: Words }) {
  const { say, format } = words
  const waiting = dongle.ringRecords
  return (
    <>
      <Fact name={say.dongle}>{say.dongleStates[dongle.state]}</Fact>
      {waiting !== undefined && (
        <Fact name={say.backlog}>
          {waiting === 0 ? say.backlogEmpty : say.backlogBatches(waiting, format.whole(waiting))}
        </Fact>
      )}
      <Fact name={say.signal}>
        {dongle.rssiDbm === undefined ? say.unknown : say.signalWords[signalWord(dongle.rssiDbm)]}
        {dongle.rssiDbm !== undefined && <small>{say.signalDbm(format.whole(dongle.rssiDbm))}</small>}
      </Fact>
      {dongle.uptimeS !== undefined && <Fact name={say.upSince}>{format.duration(dongle.uptimeS)}</Fact>}
      {dongle.firmware !== undefined && <Fact name={say.firmware}>{dongle.firmware}</Fact>}
    </>
  )
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function delayText(delayMs: number | undefined, words: Words): string {
  if (delayMs === undefined) return words.say.unknown
  if (delayMs < -1500) return words.say.delayMeterAhead
  return words.format.duration(Math.max(0, Math.round(delayMs / 1000)))
}
