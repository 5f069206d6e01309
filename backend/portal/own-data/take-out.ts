// Readings of a tenure, page after page, as they come from the server: a table or JSON. What was taken so far is in memory only.

import { failed, ok, type Result } from '../../../shared/kernel/result.ts'
import { actingHeader } from '../api/acting.ts'
import type { OwnTenure } from '../api/types.ts'

export interface Wish {
  tenure: OwnTenure
  fromS: number
  toS: number
  resolution: 'raw' | '1m' | '15m'
  format: 'csv' | 'json'
}

const TIMEOUT_MS = 60_000
const LINES_A_PAGE = 20_000

/** The file's parts and its lines, without the head of a table; `told` hears how many lines there are so far. */
export async function takeOut(
  wish: Wish,
  told: (lines: number) => void,
): Promise<Result<{ parts: string[]; lines: number }, 'failed'>> {
  const { tenure, fromS, toS, resolution, format } = wish
  const path = `/api/v1/own/tenures/${encodeURIComponent(tenure.meteringPointId)}/${tenure.fromS}/readings`
  const parts: string[] = []
  let lines = 0
  try {
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query = new URLSearchParams({ resolution, fromS: `${fromS}`, toS: `${toS}`, limit: `${LINES_A_PAGE}` })
      if (cursor !== '') query.set('cursor', cursor)
      const response = await fetch(`${path}?${query}`, {
        headers: { accept: format === 'csv' ? 'text/csv' : 'application/json', ...actingHeader('/own/tenures') },
        cache: 'no-store',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      if (!response.ok) return failed('failed')
      const page = format === 'csv' ? await tablePage(response, parts.length > 0) : await jsonPage(response)
      if (page.lines > 0) parts.push(page.text)
      lines += page.lines
      cursor = page.next
      told(lines)
    }
  } catch {
    return failed('failed')
  }
  return ok({ parts: format === 'json' ? [`[${parts.join(',\n')}]\n`] : parts, lines })
}

interface TakenPage {
  text: string
  lines: number
  next: string | null
}

/** The head of a table stands once. */
async function tablePage(response: Response, isLater: boolean): Promise<TakenPage> {
  const text = await response.text()
  const lines = text.split('\n').length - 2
  return {
    text: isLater ? text.slice(text.indexOf('\n') + 1) : text,
    lines,
    next: response.headers.get('x-next-cursor'),
  }
}

async function jsonPage(response: Response): Promise<TakenPage> {
  const text = await response.text()
  const { timeS, next } = JSON.parse(text) as { timeS: number[]; next: string | null }
  return { text, lines: timeS.length, next }
}
