// A label as dots, and the dots as ZPL: the printer gets the picture and no text of its own, so that what comes out is what
// was tested. SVG has real letters, for large prints.

import { GLYPH_HEIGHT, GLYPH_WIDTH, isInked } from './font.ts'
import { DOTS_PER_MM, HEIGHT_DOTS, type Label, type QrSymbol, type TextLine, WIDTH_DOTS } from './layout.ts'

/** One byte per dot, row by row: 1 is black. */
export function toDots(label: Label): Uint8Array {
  const dots = new Uint8Array(WIDTH_DOTS * HEIGHT_DOTS)
  const ink = (x: number, y: number, side: number): void => {
    for (let row = y; row < y + side; row++) dots.fill(1, row * WIDTH_DOTS + x, row * WIDTH_DOTS + x + side)
  }
  for (const symbol of label.symbols) {
    for (const [x, y] of darkModules(symbol)) ink(x, y, symbol.moduleDots)
  }
  for (const line of label.lines) {
    for (const [x, y] of inkedDots(line)) ink(x, y, line.scale)
  }
  return dots
}

function* darkModules(symbol: QrSymbol): Generator<[number, number]> {
  for (let row = 0; row < symbol.side; row++) {
    for (let column = 0; column < symbol.side; column++) {
      if (symbol.isDark(column, row)) {
        yield [symbol.x + column * symbol.moduleDots, symbol.y + row * symbol.moduleDots]
      }
    }
  }
}

function* inkedDots({ text, x, y, scale }: TextLine): Generator<[number, number]> {
  const left = Math.round(x - widthOf(text, scale) / 2)
  for (const [n, character] of [...text].entries()) {
    for (let column = 0; column < GLYPH_WIDTH; column++) {
      for (let row = 0; row < GLYPH_HEIGHT; row++) {
        if (isInked(character, column, row)) {
          yield [left + (n * (GLYPH_WIDTH + 1) + column) * scale, y + row * scale]
        }
      }
    }
  }
}

function widthOf(text: string, scale: number): number {
  return (text.length * (GLYPH_WIDTH + 1) - 1) * scale
}

/** ZPL II: the whole label as one graphic field, for any printer of 203 dpi with labels of 50 x 30 mm. */
export function toZpl(label: Label): string {
  const dots = toDots(label)
  const rowBytes = WIDTH_DOTS / 8
  let hex = ''
  for (let at = 0; at < dots.length; at += 8) {
    let byte = 0
    for (let bit = 0; bit < 8; bit++) byte = (byte << 1) | (dots[at + bit] as number)
    hex += byte.toString(16).toUpperCase().padStart(2, '0')
  }
  const bytes = hex.length / 2
  return `^XA^PW${WIDTH_DOTS}^LL${HEIGHT_DOTS}^FO0,0^GFA,${bytes},${bytes},${rowBytes},${hex}^FS^XZ\n`
}

export function toSvg(label: Label): string {
  const squares = label.symbols.flatMap(symbol =>
    [...darkModules(symbol)].map(
      ([x, y]) => `M${x} ${y}h${symbol.moduleDots}v${symbol.moduleDots}h-${symbol.moduleDots}z`,
    ),
  )
  const texts = label.lines.map(({ text, x, y, scale }) => {
    const width = widthOf(text, scale)
    return `<text x="${x}" y="${y + GLYPH_HEIGHT * scale}" textLength="${width}" font-size="${9 * scale}">${text}</text>`
  })
  const size = `width="${WIDTH_DOTS / DOTS_PER_MM}mm" height="${HEIGHT_DOTS / DOTS_PER_MM}mm"`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${WIDTH_DOTS} ${HEIGHT_DOTS}">`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    `<path d="${squares.join('')}" shape-rendering="crispEdges"/>`,
    `<g font-family="monospace" text-anchor="middle">${texts.join('')}</g>`,
    '</svg>\n',
  ].join('\n')
}
