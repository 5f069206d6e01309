// The canvas: uPlot with our scales, grid, holes and cursor. It draws what it is given and keeps nothing of its own.

import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Format } from '../text/format.ts'
import { powerScale, powerTicks, timeTicks } from './axis.ts'
import type { Picture } from './curves.ts'
import { extremesOf, plotColumns } from './summary.ts'

export interface Plot {
  show(picture: Picture, cursorTimeS: number | undefined): void
  /** Epoch seconds under `clientX`; undefined left or right of the picture. */
  timeAt(clientX: number): number | undefined
  destroy(): void
}

interface Look {
  text: string
  grid: string
  zero: string
  offtake: string
  offtakeFill: string
  injection: string
  injectionFill: string
  gap: string
  loss: string
  font: string
}

interface Shown {
  picture: Picture
  cursorTimeS: number | undefined
  scale: { min: number; max: number; stepW: number }
}

export function createPlot(host: HTMLElement, format: Format): Plot {
  const look = lookOf(host)
  let shown: Shown = {
    picture: { fromS: 0, toS: 300, series: { timeS: [], columns: [] }, holes: [], nicks: [], isKnown: false },
    cursorTimeS: undefined,
    scale: powerScale(0, 0),
  }
  const plot = new uPlot(
    options(host, look, format, () => shown),
    [[], [], [], [], []],
    host,
  )
  const resize = new ResizeObserver(() => plot.setSize(sizeOf(host)))
  resize.observe(host)
  return {
    show(picture, cursorTimeS) {
      const { offtakeMaxW, injectionMaxW } = extremesOf(picture.series)
      shown = { picture, cursorTimeS, scale: powerScale(offtakeMaxW, injectionMaxW) }
      plot.setData(plotColumns(picture) as uPlot.AlignedData)
    },
    timeAt(clientX) {
      const left = clientX - plot.over.getBoundingClientRect().left
      return left < 0 || left > plot.over.clientWidth ? undefined : plot.posToVal(left, 'x')
    },
    destroy() {
      resize.disconnect()
      plot.destroy()
    },
  }
}

function sizeOf(host: HTMLElement): { width: number; height: number } {
  return { width: Math.max(1, host.clientWidth), height: Math.max(1, host.clientHeight) }
}

function lookOf(host: HTMLElement): Look {
  const style = getComputedStyle(host)
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim()
  return {
    text: colour('muted'),
    grid: colour('grid'),
    zero: colour('muted'),
    offtake: colour('offtake'),
    offtakeFill: colour('offtake-fill'),
    injection: colour('injection'),
    injectionFill: colour('injection-fill'),
    gap: colour('gap'),
    loss: colour('loss'),
    font: `12px ${style.fontFamily}`,
  }
}

function options(host: HTMLElement, look: Look, format: Format, shown: () => Shown): uPlot.Options {
  const axis = { stroke: look.text, font: look.font, grid: { stroke: look.grid, width: 1 }, ticks: { show: false } }
  const line = (stroke: string, fill: string): uPlot.Series => ({
    stroke,
    fill,
    fillTo: 0,
    width: 2,
    points: { show: true, filter: lonely, size: 5, stroke, fill: stroke },
  })
  const highest = (stroke: string): uPlot.Series => ({ stroke, width: 1, alpha: 0.45, points: { show: false } })
  return {
    ...sizeOf(host),
    padding: [12, 22, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: () => [shown().picture.fromS, shown().picture.toS] },
      y: { range: () => [shown().scale.min, shown().scale.max] },
    },
    axes: [
      {
        ...axis,
        size: 32,
        splits: plot =>
          timeTicks(shown().picture.fromS, shown().picture.toS, plot.over.clientWidth, format.zoneOffsetS),
        values: (_, ticks) => ticks.map(tick => (tick % 60 === 0 ? format.clockMinutes(tick) : format.clock(tick))),
      },
      {
        ...axis,
        size: 64,
        splits: () => powerTicks(shown().scale.min, shown().scale.max, shown().scale.stepW),
        values: (_, ticks) => ticks.map(tick => tickText(tick, shown().scale, format)),
      },
    ],
    series: [
      {},
      line(look.offtake, look.offtakeFill),
      line(look.injection, look.injectionFill),
      highest(look.offtake),
      highest(look.injection),
    ],
    hooks: {
      drawAxes: [plot => drawHoles(plot, shown().picture, look), plot => drawZero(plot, look)],
      draw: [plot => drawNicks(plot, shown().picture, look), plot => drawCursor(plot, shown(), look)],
    },
  }
}

/** One unit for the whole axis, so that the labels compare at a glance; below zero is injection, and says so by place and colour. */
function tickText(watts: number, scale: Shown['scale'], format: Format): string {
  const high = Math.abs(watts)
  if (Math.max(scale.max, -scale.min) < 1000 || high === 0) return `${format.whole(high)} W`
  return `${format.energy(high, scale.stepW % 1000 === 0 ? 0 : scale.stepW % 500 === 0 ? 1 : 2)} kW`
}

/** Readings with a hole on either side have no line: they get a dot. */
function lonely(plot: uPlot, seriesIndex: number): number[] {
  const cells = plot.data[seriesIndex]!
  const found: number[] = []
  for (let i = 0; i < cells.length; i++) {
    if (cells[i] != null && cells[i - 1] == null && cells[i + 1] == null) found.push(i)
  }
  return found
}

function drawHoles(plot: uPlot, picture: Picture, look: Look): void {
  const { ctx, bbox } = plot
  const pixel = devicePixelRatio
  for (const hole of picture.holes) {
    const left = Math.max(bbox.left, plot.valToPos(hole.fromS, 'x', true))
    const right = Math.min(bbox.left + bbox.width, Math.max(plot.valToPos(hole.toS, 'x', true), left + 2 * pixel))
    if (right <= left) continue
    ctx.save()
    ctx.beginPath()
    ctx.rect(left, bbox.top, right - left, bbox.height)
    ctx.clip()
    if (hole.kind === 'loss') fillLoss(ctx, left, right, bbox, look.loss)
    else hatch(ctx, left, right, bbox, look.gap, pixel)
    ctx.restore()
  }
}

function fillLoss(ctx: CanvasRenderingContext2D, left: number, right: number, bbox: uPlot.BBox, colour: string): void {
  ctx.globalAlpha = 0.45
  ctx.fillStyle = colour
  ctx.fillRect(left, bbox.top, right - left, bbox.height)
}

/** Diagonals anchored to the picture's corner: they stand still relative to the hole while time moves on. */
function hatch(
  ctx: CanvasRenderingContext2D,
  left: number,
  right: number,
  bbox: uPlot.BBox,
  colour: string,
  pixel: number,
): void {
  ctx.strokeStyle = colour
  ctx.lineWidth = 1.5 * pixel
  ctx.beginPath()
  for (let x = left - bbox.height; x < right; x += 8 * pixel) {
    ctx.moveTo(x, bbox.top + bbox.height)
    ctx.lineTo(x + bbox.height, bbox.top)
  }
  ctx.stroke()
}

/** Short marks along the foot of the picture: too many and too brief to break the line, too true to leave out. */
function drawNicks(plot: uPlot, picture: Picture, look: Look): void {
  const { ctx, bbox } = plot
  const height = 7 * devicePixelRatio
  ctx.save()
  for (const nick of picture.nicks) {
    const left = plot.valToPos(nick.fromS, 'x', true)
    const width = Math.max(2 * devicePixelRatio, plot.valToPos(nick.toS, 'x', true) - left)
    ctx.fillStyle = nick.kind === 'loss' ? look.loss : look.text
    ctx.fillRect(left, bbox.top + bbox.height - height, width, height)
  }
  ctx.restore()
}

function drawZero(plot: uPlot, look: Look): void {
  const { ctx, bbox } = plot
  const y = Math.round(plot.valToPos(0, 'y', true)) + 0.5
  ctx.save()
  ctx.strokeStyle = look.zero
  ctx.lineWidth = devicePixelRatio
  ctx.beginPath()
  ctx.moveTo(bbox.left, y)
  ctx.lineTo(bbox.left + bbox.width, y)
  ctx.stroke()
  ctx.restore()
}

function drawCursor(plot: uPlot, { picture, cursorTimeS }: Shown, look: Look): void {
  if (cursorTimeS === undefined || cursorTimeS < picture.fromS || cursorTimeS > picture.toS) return
  const { ctx, bbox } = plot
  const x = Math.round(plot.valToPos(cursorTimeS, 'x', true)) + 0.5
  ctx.save()
  ctx.strokeStyle = look.text
  ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio])
  ctx.lineWidth = devicePixelRatio
  ctx.beginPath()
  ctx.moveTo(x, bbox.top)
  ctx.lineTo(x, bbox.top + bbox.height)
  ctx.stroke()
  ctx.restore()
}
