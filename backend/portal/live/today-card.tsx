// Energy since local midnight, by direction and by register, and the capacity figures where the meter has them.

import type { Today } from '../api/types.ts'
import type { Words } from '../parts/words.ts'
import type { LiveState } from './state.ts'
import { dayTariff } from './verdict.ts'

export function TodayCard({ state, words, country }: { state: LiveState; words: Words; country: string | undefined }) {
  const { say } = words
  const today = state.today
  const rows = [
    { name: say.offtake, kind: 'offtake', all: today?.offtakeWh, t1: today?.offtakeT1Wh, t2: today?.offtakeT2Wh },
    {
      name: say.injection,
      kind: 'injection',
      all: today?.injectionWh,
      t1: today?.injectionT1Wh,
      t2: today?.injectionT2Wh,
    },
  ]
  const hasTariffs = today === undefined || rows.some(row => row.t1 !== undefined || row.t2 !== undefined)
  return (
    <section class="card today" aria-labelledby="today-title">
      <h2 id="today-title">
        {say.today} <small>{say.sinceMidnight}, kWh</small>
      </h2>
      <table>
        <thead>
          <tr>
            <td />
            <th scope="col">{say.total}</th>
            {hasTariffs && <th scope="col">{tariffName(1, words, country)}</th>}
            {hasTariffs && <th scope="col">{tariffName(2, words, country)}</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <tr key={row.kind} data-direction={row.kind}>
              <th scope="row">{row.name}</th>
              <td class="main">{energy(words, row.all ?? sum(row.t1, row.t2), today)}</td>
              {hasTariffs && <td>{energy(words, row.t1, today)}</td>}
              {hasTariffs && <td>{energy(words, row.t2, today)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      <Capacity state={state} words={words} />
    </section>
  )
}

/** The Belgian capacity tariff bills the month's highest quarter-hour mean: 1-0:1.4.0 and 1-0:1.6.0. */
function Capacity({ state, words }: { state: LiveState; words: Words }) {
  const { say, format } = words
  const quarter = state.reading?.quarterAvgOfftakeW
  const peak = state.reading?.monthPeakOfftakeW
  const peakAtS = state.reading?.monthPeakAtS
  if (quarter === undefined && peak === undefined) return null
  return (
    <>
      <h3>{say.capacity}</h3>
      <dl class="facts">
        {quarter !== undefined && (
          <div>
            <dt>{say.quarterNow}</dt>
            <dd>{format.powerText(quarter)}</dd>
          </div>
        )}
        {peak !== undefined && (
          <div>
            <dt>{say.monthPeak}</dt>
            <dd>
              {format.powerText(peak)}
              {peakAtS !== undefined && <small>{format.dayAndClock(peakAtS)}</small>}
            </dd>
          </div>
        )}
      </dl>
    </>
  )
}

export function tariffName(register: 1 | 2, words: Words, country: string | undefined): string {
  const day = dayTariff(country)
  if (day === undefined) return `T${register}`
  return `T${register} ${day === register ? words.say.tariffNames.day : words.say.tariffNames.night}`
}

function energy(words: Words, wh: number | undefined, today: Today | undefined): string {
  if (wh === undefined) return today === undefined ? '…' : '–'
  return words.format.energy(wh, 2)
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0)
}
