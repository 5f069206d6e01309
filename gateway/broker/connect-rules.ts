// What a CONNECT must be before anybody is asked whether its sender may come, and how a refusal is said. Pure.

import { isDongleId } from '../../shared/kernel/ids.ts'
import type { Refusal } from '../refusal.ts'
import type { Connect } from './packets.ts'

/** Why a dongle cannot send this CONNECT; undefined: it can. */
export function dongleConnectRefusal(packet: Connect, keepaliveMaxS: number): Refusal | undefined {
  const { level, clientId, username, will, keepaliveS } = packet
  if (level !== 4) return 'protocol-version'
  if (keepaliveS === 0 || keepaliveS > keepaliveMaxS) return 'keepalive-limit'
  if (will !== undefined) return 'protocol-violation'
  return username !== clientId || !isDongleId(clientId) ? 'bad-client-id' : undefined
}

/** CONNACK, table 3.1: 1 version, 2 identifier, 3 unavailable, 5 not authorised. Nothing finer: a stranger learns no reason. */
export function returnCodeOf(refusal: Refusal): number {
  if (refusal === 'protocol-version') return 1
  if (refusal === 'bad-client-id') return 2
  return isOurs(refusal) ? 3 : 5
}

/** The gateway could not, or would not: it says nothing about who asked. */
export function isOurs(refusal: Refusal): boolean {
  return (
    refusal === 'directory-failing' ||
    refusal === 'stopping' ||
    refusal === 'guest-over-limit' ||
    refusal === 'dongle-in-debt'
  )
}

const FOULS: ReadonlySet<Refusal> = new Set([
  'packet-too-large',
  'malformed-packet',
  'protocol-violation',
  'foreign-topic',
  'foreign-subscription',
])

/** No dongle does it, whatever its line: who has its key does. */
export function isFoul(refusal: Refusal): boolean {
  return FOULS.has(refusal)
}
