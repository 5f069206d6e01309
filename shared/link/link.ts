// What gateway and backend say to each other when they are two processes (docs/cluster.md): one HTTP/2 connection, opened by the gateway.
// Each call is POST /<call> with a body and an answer; `commands` alone stays open, and its answer is a line per command. This file has the
// names and the bounds; texts.ts and parcels.ts have the forms.

import type { StoreOutcome } from '../port/ingest-port.ts'

/** Both sides must have the same; it rises when an older side could not understand a newer one. A new call does not raise it. */
export const LINK_VERSION = 1

/** One request carries as much at most, and the answer to one call. */
export const LINK_BODY_BYTES_MAX = 16_777_216
/** Calls that a gateway may have under way. */
export const LINK_CALLS_MAX = 256

/** The gateway's pulse: it is alive, whether both speak one version, what time it is, and whether batches are taken. */
export const PULSE_EVERY_MS = 1000
/** Without an answer for so long the line is dead, whatever TCP thinks: two looks for revoked dongles still fit into 5 s. */
export const PULSE_PATIENCE_MS = 4000

/** A command on its way down, as one line of JSON. */
export type DownLine =
  | { do: 'live'; dongleId: string; untilS: number }
  | { do: 'wake'; dongleId: string }
  | { do: 'status'; dongleId: string }
  | { do: 'disconnect'; dongleId: string; reason: string }

/** Outcomes in short: most of a group are the same two. */
export type ShortOutcome = 0 | 1 | ['quarantined' | 'refused', string]

export function shortOf(outcome: StoreOutcome): ShortOutcome {
  if (outcome.kind === 'stored') return 0
  return outcome.kind === 'duplicate' ? 1 : [outcome.kind, outcome.reason]
}

export function outcomeOf(short: ShortOutcome): StoreOutcome {
  if (short === 0) return { kind: 'stored' }
  return short === 1 ? { kind: 'duplicate' } : { kind: short[0], reason: short[1] }
}

/**
 * TLS by a key that both have (RFC 4279, RFC 5489; suite of RFC 7905): each proves to the other that it has it, keys are fresh per connection,
 * and there is no certificate to expire. Suites of TLS 1.3 cannot do that in node.
 */
export const LINK_TLS = {
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
} as const
export const LINK_IDENTITY = 'nrt-gateway'
/** The pre-shared key is SHA-256 of this and the text that both are given. */
export const LINK_KEY_LABEL = 'nrt/link|'
