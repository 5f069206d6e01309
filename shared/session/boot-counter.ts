// The boot counter: one bit of flash is cleared per start, so counting needs no erase and a cut can only skip a number,
// never repeat one. Two sectors take turns when one is used up. When neither can be read it jumps ahead by 2^16.

import { assert } from '../kernel/assert.ts'
import type { NorFlash } from './nor-flash.ts'

/** How far the counter jumps when its pages cannot be read. */
export const BOOT_JUMP = 65536

/**
 * This start's number, 1 … 2^32-1, durable before it is given. `atLeast` is the highest boot number seen elsewhere (newestBoot
 * of the ring): the result is above it, and above it by BOOT_JUMP when the counter was unreadable.
 */
export function nextBoot(system: NorFlash, atLeast: number): number {
  assert(false, 'soon')
}
