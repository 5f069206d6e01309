// The page of one's data: for each holding of a metering point, former ones too, taking it out and having it erased.

import { useState } from 'preact/hooks'
import './own-data.css'
import { sendJson } from '../api/client.ts'
import type { MeteringPoint, OwnTenure } from '../api/types.ts'
import { useAsked } from '../parts/asking.ts'
import { type GivenBack, proveFirst, useKept } from '../parts/kept.ts'
import { KeyForm } from '../parts/key-form.tsx'
import { problemOf } from '../parts/problem.ts'
import { Problem, Returned } from '../parts/problem-line.tsx'
import { Question } from '../parts/question.tsx'
import { save } from '../parts/save.ts'
import type { Words } from '../parts/words.ts'
import type { PageProblem } from '../text/problems/words.ts'
import { takeOut, type Wish } from './take-out.ts'

const ASK_EVERY_MS = 60_000
const DAY_S = 86_400
const MONTH_S = 30 * DAY_S

interface DataPageProps {
  words: Words
  points: MeteringPoint[]
  /** The server's time, epoch seconds. */
  nowS: number
}

export function DataPage({ words, points, nowS }: DataPageProps) {
  const say = words.say.data
  const [own, fault, ask] = useAsked<{ items: OwnTenure[] }>('/own/tenures', ASK_EVERY_MS)
  const [told, setTold] = useState('')
  const kept = useKept<KeptErasure>('data')
  if (fault?.code === 'refused') return <KeyForm words={words} />
  return (
    <div class="column stacked" aria-busy={own === undefined}>
      <p class={told === '' ? 'unseen' : 'card told'} role="status">
        {told}
      </p>
      <p class="hint">{say.text}</p>
      {fault !== undefined && own === undefined && <p class="card hint">{say.failed}</p>}
      {own?.items.length === 0 && <p class="card hint">{say.none}</p>}
      {own?.items.map(tenure => (
        <TenureCard
          key={`${tenure.meteringPointId} ${tenure.fromS}`}
          words={words}
          tenure={tenure}
          nowS={nowS}
          point={points.find(point => point.id === tenure.meteringPointId)}
          kept={isOf(kept?.wish, tenure) ? kept : undefined}
          onErased={text => {
            setTold(text)
            ask()
          }}
        />
      ))}
    </div>
  )
}

/** An erasure that waits for a fresh sign-in. */
type KeptErasure = Pick<OwnTenure, 'meteringPointId' | 'fromS'>

function isOf(kept: KeptErasure | undefined, { meteringPointId, fromS }: OwnTenure): boolean {
  return kept?.meteringPointId === meteringPointId && kept.fromS === fromS
}

interface TenureCardProps {
  words: Words
  tenure: OwnTenure
  nowS: number
  point: MeteringPoint | undefined
  /** Somebody comes back from proving who they are, to erase this. */
  kept: GivenBack<KeptErasure> | undefined
  onErased(told: string): void
}

function TenureCard({ words, tenure, nowS, point, kept, onErased }: TenureCardProps) {
  const say = words.say.data
  const { dayAndClock } = words.format
  const { meteringPointId, fromS, toS, exportUntilS } = tenure
  const title = `tenure-${meteringPointId}-${fromS}`
  return (
    <article class="card tenure" aria-labelledby={title}>
      <h2 id={title}>
        {point?.name ?? (point && words.say.eanEnding(point.ean.slice(-4))) ?? words.say.meteringPoint}
      </h2>
      <p class="hint">
        {toS === null ? say.holds(dayAndClock(fromS)) : say.held(dayAndClock(fromS), dayAndClock(toS))}
      </p>
      {exportUntilS !== null && <p class="hint">{say.until(words.format.date(exportUntilS))}</p>}
      <TakeOut words={words} tenure={tenure} nowS={nowS} />
      <Erase key={kept === undefined ? '' : 'kept'} words={words} tenure={tenure} kept={kept} onErased={onErased} />
    </article>
  )
}

/** A day as a date field has it, of the reader's own calendar. */
function dayOf(atS: number): string {
  const at = new Date(atS * 1000)
  return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}-${String(at.getDate()).padStart(2, '0')}`
}

function startOf(day: string, days = 0): number {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return Math.floor(new Date(year, month - 1, date + days).getTime() / 1000)
}

function TakeOut({ words, tenure, nowS }: Omit<TenureCardProps, 'point' | 'kept' | 'onErased'>) {
  const say = words.say.data
  const endS = tenure.toS ?? nowS
  const [from, setFrom] = useState(dayOf(Math.max(tenure.fromS, endS - MONTH_S)))
  const [to, setTo] = useState(dayOf(endS))
  const [resolution, setResolution] = useState<Wish['resolution']>('15m')
  const [told, setTold] = useState('')
  const [isBusy, setBusy] = useState(false)

  async function take(format: Wish['format']): Promise<void> {
    const fromS = Math.max(startOf(from), tenure.fromS)
    const toS = Math.min(startOf(to, 1), tenure.toS ?? Number.MAX_SAFE_INTEGER)
    if (!(toS > fromS)) return setTold(say.nothing)
    setBusy(true)
    const wish = { tenure, fromS, toS, resolution, format }
    const taken = await takeOut(wish, lines => setTold(say.takingOut(String(lines))))
    setBusy(false)
    if (!taken.ok) return setTold(say.failed)
    setTold(taken.value.lines === 0 ? say.nothing : say.takenOut)
    if (taken.value.lines === 0) return
    const type = format === 'csv' ? 'text/csv;charset=utf-8' : 'application/json'
    save(`readings-${from}-${to}-${resolution}.${format}`, type, taken.value.parts)
  }

  return (
    <fieldset class="take-out" disabled={isBusy}>
      <legend>{say.takeOut}</legend>
      <div class="filters">
        <label>
          {say.from}
          <input type="date" value={from} required onChange={event => setFrom(event.currentTarget.value)} />
        </label>
        <label>
          {say.to}
          <input type="date" value={to} required onChange={event => setTo(event.currentTarget.value)} />
        </label>
        <label>
          {say.resolution}
          <select value={resolution} onChange={event => setResolution(event.currentTarget.value as Wish['resolution'])}>
            {(['15m', '1m', 'raw'] as const).map(one => (
              <option key={one} value={one}>
                {say.resolutions[one]}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div class="row">
        <button type="button" class="small" onClick={() => void take('csv')}>
          {say.asTable}
        </button>
        <button type="button" class="small" onClick={() => void take('json')}>
          {say.asJson}
        </button>
      </div>
      <p class="help" role="status">
        {told}
      </p>
    </fieldset>
  )
}

function Erase({ words, tenure, kept, onErased }: Omit<TenureCardProps, 'point' | 'nowS'>) {
  const say = words.say.data
  const [problem, setProblem] = useState<PageProblem | undefined>()
  const { meteringPointId, fromS } = tenure

  async function erase(once: string): Promise<boolean> {
    const answer = await sendJson(`/own/tenures/${encodeURIComponent(meteringPointId)}/${fromS}/erase`, {}, once)
    setProblem(answer.ok ? undefined : problemOf(answer.fault))
    if (answer.ok) onErased(say.erased)
    return answer.ok
  }
  const prove = (): void => void proveFirst<KeptErasure>(words, 'data', { meteringPointId, fromS })
  return (
    <div class="row">
      <Question
        {...{ words, label: say.erase, ask: say.eraseAsk, yes: say.eraseYes, isQuiet: true, onYes: erase }}
        isNoFirst
        isOpenFirst={kept !== undefined}
        onNo={() => setProblem(undefined)}
        trouble={<Problem words={words} problem={problem} onProve={prove} />}
      >
        {tenure.toS === null && <p>{say.eraseOpen}</p>}
        <Returned words={words} given={kept} />
      </Question>
    </div>
  )
}
