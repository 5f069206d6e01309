// A sign-in under way, in the browser's own hands: sealed in a cookie, under a key that lives as long as this process. So nobody can fill the
// server's memory by beginning sign-ins, and nobody can make the server end one that it did not begin.

import { createSecretKey, randomBytes } from 'node:crypto'
import { seal, unseal } from '../store/sealing.ts'
import type { Journey } from './relying-party.ts'

const PLACE = 'sign-in'
export const JOURNEY_S = 900

export interface Journeys {
  sealed(journey: Journey, nowS: number): string
  /** Undefined: not ours, of an earlier start, or too old. */
  opened(text: string, nowS: number): Journey | undefined
}

export function createJourneys(): Journeys {
  const key = createSecretKey(randomBytes(32))
  return {
    sealed(journey, nowS) {
      const text = JSON.stringify({ ...journey, untilS: nowS + JOURNEY_S })
      return Buffer.from(seal(key, Buffer.from(text, 'utf8'), PLACE)).toString('base64url')
    },
    opened(text, nowS) {
      const plain = unseal(key, Buffer.from(text, 'base64url'), PLACE)
      if (plain === undefined) return undefined
      const { untilS, ...journey } = JSON.parse(Buffer.from(plain).toString('utf8')) as Journey & { untilS: number }
      return nowS < untilS ? journey : undefined
    },
  }
}

/** A place on this server; anything else is the first page. */
export function placeOf(to: string | undefined): string {
  return to !== undefined && /^\/(?![/\\])[\w\-./?=&%~#+]{0,500}$/.test(to) ? to : '/'
}
