// How long to wait before connecting again: full jitter under a ceiling that doubles, so that dongles that lost the same gateway
// do not come back together. Math.random gives the same sequence on every dongle, so chance comes from who asks and how often.

import type { EnvelopeCrypto } from '../envelope/crypto.ts'

const BASE_MS = 2000
const CEILING_MAX_MS = 300000

/** 0 … min(5 min, 2 s * 2^failures) ms; attempt `n` of boot `boot` always gives the same share of it. */
export function backoffMs(crypto: EnvelopeCrypto, dongleId: string, boot: number, n: number, failures: number): number {
  let ceiling = BASE_MS
  for (let i = 0; i < failures && ceiling < CEILING_MAX_MS; i++) ceiling *= 2
  if (ceiling > CEILING_MAX_MS) ceiling = CEILING_MAX_MS
  const hash = crypto.sha256([dongleId + '|' + boot + '|' + n])
  const share = ((hash[0] as number) * 65536 + (hash[1] as number) * 256 + (hash[2] as number)) / 16777216
  return Math.floor(share * ceiling)
}
