// The chart as a part of the page: a slider over time for keyboard and screen reader, a canvas for the eye. Pointer and
// keys move one cursor; its value stands in words above the canvas and in the slider's value text.

import { useEffect, useRef, useState } from 'preact/hooks'
import type { Words } from '../parts/words.ts'
import type { Picture } from './curves.ts'
import { createPlot, type Plot } from './plot.ts'
import { type Spot, spotAt } from './summary.ts'

interface ChartProps {
  picture: Picture
  words: Words
  label: string
  /** The line above the canvas while no cursor is out. */
  resting: string
}

/** A pointer stays at its place on the screen while time moves on; keys stay with the moment they chose. */
type Cursor = { clientX: number } | { timeS: number } | undefined

export function Chart({ picture, words, label, resting }: ChartProps) {
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<Plot | undefined>(undefined)
  const [cursor, setCursor] = useState<Cursor>(undefined)
  const theme = useTheme()

  // Colours and texts are read once per theme and language.
  useEffect(() => {
    plot.current = createPlot(host.current!, words.format)
    return () => plot.current?.destroy()
  }, [theme, words.format])

  const timeS = cursorTime(cursor, plot.current, picture)
  const spot = timeS === undefined ? undefined : spotAt(picture, timeS)
  useEffect(() => plot.current?.show(picture, spot?.timeS), [picture, spot?.timeS, theme, words.format])

  const text = spot === undefined ? resting : spotText(spot, words)
  const onKeyDown = (event: KeyboardEvent) => {
    const moved = keyTime(event.key, spot?.timeS, picture)
    if (moved === undefined) return
    event.preventDefault()
    setCursor(moved === 'away' ? undefined : { timeS: moved })
  }
  return (
    <>
      <p class="readout">{text}</p>
      <div
        class="chart"
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-orientation="horizontal"
        aria-valuemin={picture.fromS}
        aria-valuemax={picture.toS}
        aria-valuenow={Math.round(spot?.timeS ?? picture.toS)}
        aria-valuetext={text}
        onKeyDown={onKeyDown}
        onBlur={() => setCursor(undefined)}
        onPointerMove={event => setCursor({ clientX: event.clientX })}
        onPointerDown={event => setCursor({ clientX: event.clientX })}
        onPointerLeave={() => setCursor(undefined)}
        onPointerCancel={() => setCursor(undefined)}
      >
        <div class="canvas" ref={host} aria-hidden="true" />
      </div>
    </>
  )
}

function cursorTime(cursor: Cursor, plot: Plot | undefined, picture: Picture): number | undefined {
  if (cursor === undefined) return undefined
  if ('clientX' in cursor) return plot?.timeAt(cursor.clientX)
  return Math.min(picture.toS, Math.max(picture.fromS, cursor.timeS))
}

/** Steps of a hundredth of the window, ten of them with PageUp and PageDown. */
function keyTime(key: string, fromS: number | undefined, picture: Picture): number | 'away' | undefined {
  const stepS = Math.max(1, Math.round((picture.toS - picture.fromS) / 100))
  const startS = fromS ?? picture.series.timeS.at(-1) ?? picture.toS
  const moves: { [key: string]: number } = {
    ArrowLeft: startS - stepS,
    ArrowDown: startS - stepS,
    ArrowRight: startS + stepS,
    ArrowUp: startS + stepS,
    PageDown: startS - 10 * stepS,
    PageUp: startS + 10 * stepS,
    Home: picture.fromS,
    End: picture.toS,
  }
  if (key === 'Escape') return fromS === undefined ? undefined : 'away'
  const moved = moves[key]
  return moved === undefined ? undefined : Math.min(picture.toS, Math.max(picture.fromS, moved))
}

function spotText(spot: Spot, { say, format }: Words): string {
  const clock = format.clock(Math.round(spot.timeS))
  if (spot.kind !== 'reading') {
    return `${clock} · ${{ gap: say.hereIsGap, loss: say.hereIsLoss, nothing: say.noValue }[spot.kind]}`
  }
  const parts = [clock]
  if (spot.offtakeW) parts.push(`${say.offtake} ${format.powerText(spot.offtakeW)}`)
  if (spot.injectionW) parts.push(`${say.injection} ${format.powerText(spot.injectionW)}`)
  if (parts.length === 1) parts.push(format.powerText(0))
  return parts.join(' · ')
}

/** Changes when the system goes light or dark: the canvas must be painted anew. */
function useTheme(): string {
  const [theme, setTheme] = useState('')
  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const contrast = matchMedia('(prefers-contrast: more)')
    const notice = () => setTheme(`${dark.matches}${contrast.matches}`)
    notice()
    dark.addEventListener('change', notice)
    contrast.addEventListener('change', notice)
    return () => {
      dark.removeEventListener('change', notice)
      contrast.removeEventListener('change', notice)
    }
  }, [])
  return theme
}
