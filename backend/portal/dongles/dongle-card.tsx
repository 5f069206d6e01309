// One dongle: how it is in a sentence, what to do, what its owner may do with it (each asked once more before it is done), and its history.

import { useState } from 'preact/hooks'
import { grouped } from '../../../shared/kernel/claim-code.ts'
import { sendJson } from '../api/client.ts'
import type { ActDone, OwnAct, OwnDongle, OwnEvent } from '../api/types.ts'
import { CheckIcon, WaitIcon, WarnIcon } from '../parts/icons.tsx'
import { Question } from '../parts/question.tsx'
import type { Words } from '../parts/words.ts'
import { problemOf } from './problem.ts'

interface DongleCardProps {
  words: Words
  dongle: OwnDongle
  events: OwnEvent[]
  /** Something was done: `newCode` is for the next owner and shown once. */
  onDone(told: string, newCode: { dongleId: string; claimCode: string } | undefined): void
}

export function DongleCard({ words, dongle, events, onDone }: DongleCardProps) {
  const say = words.say.dongles
  const title = `dongle-${dongle.dongleId}`
  return (
    <section class="card dongle" aria-labelledby={title}>
      <h2 id={title}>{say.nameOf(grouped(dongle.dongleId))}</h2>
      <StandingLines words={words} dongle={dongle} />
      <Acts words={words} dongle={dongle} onDone={onDone} />
      <History words={words} events={events} />
    </section>
  )
}

/** How it is, and what to do. */
export function StandingLines({ words, dongle }: Pick<DongleCardProps, 'words' | 'dongle'>) {
  const say = words.say.dongles
  const standing = say.standings[standingOf(dongle)]
  return (
    <>
      <p class="verdict" data-verdict={toneOf(dongle)}>
        <StandingIcon dongle={dongle} />
        <span>
          {standing.how} <small>{say.since(words.format.dayAndClock(dongle.sinceS))}</small>
        </span>
      </p>
      {standing.next !== '' && <p class="hint">{standing.next}</p>}
    </>
  )
}

type Standing = keyof Words['say']['dongles']['standings']

function standingOf({ state, reason }: OwnDongle): Standing {
  return reason ?? (state as 'bound' | 'lost' | 'retired')
}

function toneOf({ state, reason }: OwnDongle): 'good' | 'waiting' | 'late' {
  if (state === 'bound') return 'good'
  return state === 'claimed' && reason !== 'other-meter' ? 'waiting' : 'late'
}

function StandingIcon({ dongle }: { dongle: OwnDongle }) {
  const tone = toneOf(dongle)
  return tone === 'good' ? <CheckIcon /> : tone === 'waiting' ? <WaitIcon /> : <WarnIcon />
}

function Acts({ words, dongle, onDone }: Omit<DongleCardProps, 'events'>) {
  if (dongle.acts.length === 0) return null
  return (
    <div class="row">
      {dongle.acts.map(act => (
        <ActOf key={act} {...{ words, dongle, act, onDone }} />
      ))}
    </div>
  )
}

function ActOf({ words, dongle, act, onDone }: Omit<DongleCardProps, 'events'> & { act: OwnAct }) {
  const say = words.say.dongles
  const [problem, setProblem] = useState('')

  async function carryOut(once: string): Promise<boolean> {
    const path = `/own/dongles/${encodeURIComponent(dongle.dongleId)}/acts`
    const answer = await sendJson<ActDone>(path, { act }, once)
    setProblem(answer.ok ? '' : say.problems[problemOf(answer.fault)])
    if (!answer.ok) return false
    const { claimCode } = answer.value.body
    onDone(say.acts[act].done, claimCode === undefined ? undefined : { dongleId: dongle.dongleId, claimCode })
    return true
  }
  const trouble = problem !== '' && (
    <p class="help wrong" role="alert">
      {problem}
    </p>
  )
  return (
    <Question
      {...{ words, label: say.acts[act].name, ask: say.acts[act].ask, trouble, onYes: carryOut }}
      onNo={() => setProblem('')}
    />
  )
}

export function History({ words, events }: { words: Words; events: OwnEvent[] }) {
  const say = words.say.dongles
  if (events.length === 0) return null
  return (
    <details class="history">
      <summary>{say.history}</summary>
      <ol>
        {events.map(event => (
          <li key={`${event.atS} ${event.event} ${event.reason}`}>
            <time dateTime={new Date(event.atS * 1000).toISOString()}>{words.format.dayAndClock(event.atS)}</time>{' '}
            {say.events[event.event]} <small>({say.by[event.by]})</small>
            {event.event === 'waiting' && event.reason !== null && <small> {say.standings[event.reason].how}</small>}
          </li>
        ))}
      </ol>
    </details>
  )
}
