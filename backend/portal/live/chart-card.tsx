// The curve with what belongs to it: the choice of window, the legend, what is missing in words, and the same as a table.

import { useMemo } from 'preact/hooks'
import type { Words } from '../parts/words.ts'
import { Chart } from './chart.tsx'
import { type Picture, pictureOf, WINDOW_NAMES, type WindowName } from './curves.ts'
import { type LiveState, nowS } from './state.ts'
import { extremesOf, missingOf, stretchesOf } from './summary.ts'
import { patienceS } from './verdict.ts'

interface ChartCardProps {
  state: LiveState
  words: Words
  sinceS: number
  onWindow(window: WindowName): void
}

export function ChartCard({ state, words, sinceS, onWindow }: ChartCardProps) {
  const { say } = words
  const now = nowS(state)
  const patience = patienceS(state)
  const picture = useMemo(
    () => pictureOf(state.curves, state.window, now, sinceS, patience),
    [state.curves, state.window, now, sinceS, patience],
  )
  const windowName = say.windowsLong[state.window]
  return (
    <section class="card curve" aria-labelledby="curve-title">
      <div class="head">
        <h2 id="curve-title">{say.curve}</h2>
        <WindowChoice words={words} window={state.window} onWindow={onWindow} />
      </div>
      <Legend words={words} />
      <Chart
        picture={picture}
        words={words}
        label={`${say.curve}: ${windowName}. ${say.curveHelp}`}
        resting={restingText(picture, words)}
      />
      <p class="missing">{picture.isKnown ? missingText(picture, words) : '\u00a0'}</p>
      <details>
        <summary>{say.showTable}</summary>
        <CurveTable picture={picture} words={words} caption={`${say.curve}: ${windowName}`} />
      </details>
    </section>
  )
}

function WindowChoice({ words, window, onWindow }: Omit<ChartCardProps, 'state' | 'sinceS'> & { window: WindowName }) {
  return (
    <fieldset class="segments">
      <legend class="unseen">{words.say.window}</legend>
      {WINDOW_NAMES.map(name => (
        <label key={name}>
          <input type="radio" name="window" value={name} checked={name === window} onChange={() => onWindow(name)} />
          <span>{words.say.windows[name]}</span>
        </label>
      ))}
    </fieldset>
  )
}

function Legend({ words }: { words: Words }) {
  const { say } = words
  return (
    <ul class="legend">
      <li data-kind="offtake">{say.offtake}</li>
      <li data-kind="injection">{say.injection}</li>
      <li data-kind="gap">{say.legendGap}</li>
      <li data-kind="loss">{say.legendLoss}</li>
    </ul>
  )
}

function restingText(picture: Picture, { say, format }: Words): string {
  if (picture.series.timeS.length === 0) return picture.isKnown ? say.curveEmpty : say.curveLoading
  const { offtakeMaxW, injectionMaxW } = extremesOf(picture.series)
  const parts: string[] = []
  if (offtakeMaxW > 0) parts.push(`${say.offtake}: ${say.peakOf(format.powerText(offtakeMaxW))}`)
  if (injectionMaxW > 0) parts.push(`${say.injection}: ${say.peakOf(format.powerText(injectionMaxW))}`)
  return parts.length === 0 ? say.balanced : parts.join(' · ')
}

function missingText(picture: Picture, { say, format }: Words): string {
  const { gaps, gapS, losses, lossS } = missingOf([...picture.holes, ...picture.nicks])
  if (gaps + losses === 0) return say.curveComplete
  return say.curveHoles(
    gaps === 0 ? '' : say.gaps(gaps, format.whole(gaps), format.duration(gapS)),
    losses === 0 ? '' : say.losses(losses, format.whole(losses), format.duration(lossS)),
  )
}

function CurveTable({ picture, words, caption }: { picture: Picture; words: Words; caption: string }) {
  const { say, format } = words
  const power = (watts: number | undefined) => (watts === undefined ? say.noValue : format.powerText(watts))
  const isShort = picture.toS - picture.fromS < 3600
  const clock = isShort ? format.clock : format.clockMinutes
  return (
    <table class="numbers">
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{say.columnPeriod}</th>
          <th scope="col">{say.columnMean(say.offtake)}</th>
          <th scope="col">{say.columnMean(say.injection)}</th>
        </tr>
      </thead>
      <tbody>
        {stretchesOf(picture).map(stretch => (
          <tr key={stretch.fromS}>
            <th scope="row">
              {clock(stretch.fromS)} – {clock(stretch.toS)}
            </th>
            <td>{power(stretch.offtakeW)}</td>
            <td>{power(stretch.injectionW)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
