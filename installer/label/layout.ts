// Where things stand on a label of 50 x 30 mm: one symbol for the phone's camera (the setup network), one for our page (id and claim
// code), each with what it says in letters under it. Two symbols, because two readers take them: docs/adr/0021. Pure.

import QRCode from 'qrcode'
import { claimSymbolText, grouped, setupNetworkName, setupSymbolText } from '../../shared/kernel/claim-code.ts'

/** 8 dots a mm, as label printers of 203 dpi have. */
export const DOTS_PER_MM = 8
export const WIDTH_DOTS = 400
export const HEIGHT_DOTS = 240
const MODULE_DOTS = 5
const COLUMN_DOTS = WIDTH_DOTS / 2
const TITLE_Y = 8
const SYMBOL_Y = 28
const CAPTION_DOTS = 9
const PAIR_DOTS = 28

export interface LabelFacts {
  dongleId: string
  claimCode: string
  /** Unknown when the label is printed again without the dongle at hand: then the old label's part stays right. */
  setupPassword?: string
}

export interface QrSymbol {
  /** Left upper corner of the first module, and the side of one, in dots. */
  x: number
  y: number
  moduleDots: number
  side: number
  isDark(column: number, row: number): boolean
}

/** `x` is the middle of the line, `y` its upper edge; a character is 6 * `scale` dots wide. */
export interface TextLine {
  text: string
  x: number
  y: number
  scale: number
}

export interface Label {
  symbols: QrSymbol[]
  lines: TextLine[]
}

export function layOut({ dongleId, claimCode, setupPassword }: LabelFacts): Label {
  const claim: Column = {
    title: '2 CLAIM',
    symbol: claimSymbolText(dongleId, claimCode),
    pairs: [
      ['ID', grouped(dongleId)],
      ['CODE', grouped(claimCode)],
    ],
  }
  if (setupPassword === undefined) return columns([{ ...claim, title: 'CLAIM' }])
  const setup: Column = {
    title: '1 WI-FI',
    symbol: setupSymbolText(dongleId, setupPassword),
    pairs: [
      ['NETWORK', setupNetworkName(dongleId)],
      // an ESP32's own network always has this address
      ['PASSWORD - THEN OPEN 192.168.4.1', setupPassword],
    ],
  }
  return columns([setup, claim])
}

interface Column {
  title: string
  symbol: string
  /** A small caption and what it names. */
  pairs: [string, string][]
}

function columns(parts: Column[]): Label {
  const label: Label = { symbols: [], lines: [] }
  for (const [i, part] of parts.entries()) {
    const middle = parts.length === 1 ? WIDTH_DOTS / 2 : COLUMN_DOTS * (i + 0.5)
    const symbol = symbolAt(part.symbol, middle)
    label.symbols.push(symbol)
    label.lines.push({ text: part.title, x: middle, y: TITLE_Y, scale: 2 })
    const below = symbol.y + symbol.side * symbol.moduleDots + 6
    for (const [n, [caption, text]] of part.pairs.entries()) {
      const y = below + n * PAIR_DOTS
      label.lines.push({ text: caption, x: middle, y, scale: 1 }, { text, x: middle, y: y + CAPTION_DOTS, scale: 2 })
    }
  }
  return label
}

/** Error correction M: a label gets scratched, and both symbols still have the same size. */
function symbolAt(text: string, middle: number): QrSymbol {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: 'M', version: 3 })
  const side = modules.size
  return {
    x: Math.round(middle - (side * MODULE_DOTS) / 2),
    y: SYMBOL_Y,
    moduleDots: MODULE_DOTS,
    side,
    isDark: (column, row) => modules.get(row, column) === 1,
  }
}
