// The occasions on which the pages in flash are read or written, behind one function: they are rare, and what only they need is put inside
// it by the build and takes memory only while it runs. What is done on each stands in orders.ts.

import type { EnvelopeCrypto } from '../shared/envelope/crypto.ts'
import type { ReadCommand } from '../shared/session/messages-down.ts'
import type { NorFlash } from '../shared/session/nor-flash.ts'
import type { SenderEvent } from '../shared/session/sender.ts'
import { writeConfig } from '../shared/session/system-page.ts'
import { FLASH_MAP } from './config.ts'
import { readSelf, type Self } from './identity.ts'
import {
  beginTrials,
  endTrials,
  type OrderPort,
  obeyOrder,
  outcomeAtStart,
  settleTrials,
  wipeIfOrdered,
} from './orders.ts'

/** At a start: `self` is read, and readings are wiped if they should be; undefined when there is no usable identity, and it was said why. */
export const START = 0
/** A session is open: what is on trial is good. */
export const SETTLE = 1
/** No session in time: what was before is good again. Restart after it. */
export const GIVE_BACK = 2
/** `self.config` is kept as it is now. */
export const KEEP_CONFIG = 3
/** `order` is obeyed. */
export const OBEY = 4

export interface Pages {
  system: NorFlash
  crypto: EnvelopeCrypto
  port: OrderPort
  /** Where readings lie, and what is known of them: the pool of the rings, and the journal. What a wipe erases. */
  readings: NorFlash[]
  self: Self | undefined
  isOnTrial: boolean
  /** What the last order has come to, as far as a start can know (its place in COMMAND_OUTCOMES). */
  outcome: number | undefined
}

/** Gives what became of an order, otherwise nothing. `order` with OBEY only. */
export function tendPages(pages: Pages, occasion: number, nowMs: number, order?: ReadCommand): SenderEvent | undefined {
  const system = pages.system
  const self = pages.self as Self
  if (occasion === START) {
    pages.isOnTrial = beginTrials(system)
    const found = readSelf(system, pages.crypto, pages.port.say)
    const map = found && found.identity.map ? found.identity.map : FLASH_MAP
    // Made for another partition, this flash holds something else where readings should be: nothing is touched.
    if (map !== FLASH_MAP) pages.port.say('wrong flash map: made for ' + map)
    else if (found) {
      wipeIfOrdered(found, system, pages.readings)
      pages.self = found
      if (found.config) pages.outcome = outcomeAtStart(found.config, pages.isOnTrial)
    }
  } else if (occasion === SETTLE) {
    settleTrials(self, system)
    pages.isOnTrial = false
  } else if (occasion === GIVE_BACK) endTrials(system)
  else if (occasion === OBEY) return obeyOrder(self, system, pages.crypto, order as ReadCommand, nowMs, pages.port)
  else if (self.config) writeConfig(system, self.config)
  return undefined
}
