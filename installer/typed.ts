// What people type behind a command, read the same way by all of them: ids as on the label, seconds to wait.

import { ungrouped } from '../shared/kernel/claim-code.ts'
import { isDongleId } from '../shared/kernel/ids.ts'
import { Trouble } from './flash/trouble.ts'
import { Refusal } from './refusal.ts'

/** A typing error is found here, by the check character. Throws Trouble dongle.bad-id. */
export function dongleIdOf(typed: string): string {
  const id = ungrouped(typed)
  if (!isDongleId(id)) throw new Trouble('dongle.bad-id', { id: typed })
  return id
}

/** Throws Refusal number.malformed. */
export function secondsOf(option: string, text: string): number {
  const seconds = Number(text)
  if (!Number.isInteger(seconds) || seconds < 1) throw new Refusal('number.malformed', { option, text })
  return seconds
}
