// The live connection's life: when to try again, when silence means that nobody is there any more, and when to hang up
// because nobody looks (an open stream makes the dongle deliver every second). Pure; times are this machine's, epoch ms.

export interface Link {
  phase: 'idle' | 'connecting' | 'open' | 'waiting' | 'asleep'
  /** Failed tries since the connection last held. */
  attempt: number
  sinceMs: number
  heardAtMs: number
  retryAtMs: number
  hiddenAtMs: number | undefined
}
export type LinkEffect = 'open' | 'close'

interface LinkStep {
  link: Link
  effects: LinkEffect[]
}

/** The server's heartbeat comes every 5 s: three of them missing is a dead line, whatever TCP believes. */
const SILENCE_MS = 15_000
const CONNECT_TIMEOUT_MS = 20_000
const HANG_UP_HIDDEN_MS = 120_000
const RETRY_FIRST_MS = 1_000
const RETRY_MAX_MS = 30_000
/** A connection that fell sooner did not hold: the next wait goes on growing. */
const HOLDS_MS = 10_000

export function idleLink(): Link {
  return { phase: 'idle', attempt: 0, sinceMs: 0, heardAtMs: 0, retryAtMs: 0, hiddenAtMs: undefined }
}

export function connectLink(link: Link, nowMs: number): LinkStep {
  return { link: { ...link, phase: 'connecting', sinceMs: nowMs, heardAtMs: nowMs }, effects: ['open'] }
}

export function openedLink(link: Link, nowMs: number): Link {
  return { ...link, phase: 'open', sinceMs: nowMs, heardAtMs: nowMs }
}

/** The connection fell. `chance` 0 … 1 spreads many pages that lost the same server. */
export function closeLink(link: Link, nowMs: number, chance: number): Link {
  const held = link.phase === 'open' && nowMs - link.sinceMs >= HOLDS_MS
  const attempt = held ? 1 : link.attempt + 1
  const waitMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(attempt - 1, 10))
  const retryAtMs = nowMs + Math.round(waitMs * (0.75 + chance / 2))
  return { ...link, phase: 'waiting', attempt, sinceMs: nowMs, retryAtMs }
}

export function tickLink(link: Link, nowMs: number, chance: number): LinkStep {
  const silentMs = nowMs - link.heardAtMs
  const isHiddenLong = link.hiddenAtMs !== undefined && nowMs - link.hiddenAtMs > HANG_UP_HIDDEN_MS
  if (isHiddenLong && link.phase !== 'idle' && link.phase !== 'asleep') {
    return { link: { ...link, phase: 'asleep', sinceMs: nowMs }, effects: ['close'] }
  }
  if (link.phase === 'open' && silentMs > SILENCE_MS) {
    return { link: closeLink(link, nowMs, chance), effects: ['close'] }
  }
  if (link.phase === 'connecting' && silentMs > CONNECT_TIMEOUT_MS) {
    return { link: closeLink(link, nowMs, chance), effects: ['close'] }
  }
  if (link.phase === 'waiting' && nowMs >= link.retryAtMs) return connectLink(link, nowMs)
  return { link, effects: [] }
}

/** Something happened that makes trying now worth it; or, for `hidden`, that makes staying not. */
export function wakeLink(
  link: Link,
  why: 'retry-now' | 'network-back' | 'visible' | 'hidden',
  nowMs: number,
): LinkStep {
  if (why === 'hidden') return { link: { ...link, hiddenAtMs: link.hiddenAtMs ?? nowMs }, effects: [] }
  const awake = why === 'visible' ? { ...link, hiddenAtMs: undefined } : link
  if (awake.phase === 'waiting' || awake.phase === 'asleep') return connectLink(awake, nowMs)
  // A machine that slept believes its connection open until something is sent on it.
  if (awake.phase === 'open' && nowMs - awake.heardAtMs > SILENCE_MS) {
    const { link: again, effects } = connectLink(awake, nowMs)
    return { link: again, effects: ['close', ...effects] }
  }
  return { link: awake, effects: [] }
}
