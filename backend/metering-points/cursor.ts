// Where the next page begins, as a word that clients hand back unread. It says its version and resolution, so that a cursor of another
// question is refused instead of giving odd pages. Pure.

import type { Resolution } from '../../shared/schema/reading.ts'

export function encodeCursor(resolution: Resolution, nextFromS: number): string {
  return Buffer.from(`1.${resolution}.${nextFromS}`, 'latin1').toString('base64url')
}

/** The next page's begin; undefined unless the cursor is ours, of this resolution, and within the range. */
export function decodeCursor(cursor: string, resolution: Resolution, fromS: number, toS: number): number | undefined {
  const match = /^1\.(raw|1m|15m|day)\.([0-9]{1,10})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))
  if (match === null || match[1] !== resolution) return undefined
  const nextFromS = Number(match[2])
  return nextFromS >= fromS && nextFromS <= toS ? nextFromS : undefined
}
