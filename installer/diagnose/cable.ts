// The doctor at the cable: listens to the dongle's console, types nothing and restarts nothing. It has heard enough when a dongle
// that has settled has said how it is; a port that resets the board when it is opened only makes it wait.

import { type Console, newConsole, takeLine } from '../../shared/doctor/console-lines.ts'
import { lineSplitter } from '../flash/console.ts'
import type { SerialLine } from '../flash/serial-line.ts'
import { Trouble } from '../flash/trouble.ts'
import { phrase } from '../text/say.ts'

/** Before that its radio, its meter and its network may still be on their way. */
export const SETTLED_S = 45

export interface CableWish {
  /** Listens so long at most. */
  timeoutMs: number
  wallS(): number
  /** Something was heard. */
  told?(seen: Console): void
}

/** Throws Trouble port.lost. A dongle that says nothing in time is mute. */
export async function listenToConsole(line: SerialLine, wish: CableWish): Promise<Console> {
  const seen = newConsole()
  const isLost = await new Promise<boolean>(resolve => {
    const timer = setTimeout(() => resolve(false), wish.timeoutMs)
    const end = (lost: boolean): void => {
      clearTimeout(timer)
      resolve(lost)
    }
    line.onLost(() => end(true))
    line.onData(
      lineSplitter(text => {
        if (!takeLine(seen, text, wish.wallS())) return
        wish.told?.(seen)
        if (isEnough(seen)) end(false)
      }),
    )
  })
  line.onData(() => {})
  if (isLost) throw new Trouble('port.lost', { doing: phrase('doing.listening') })
  return seen
}

function isEnough({ facts, uptimeS }: Console): boolean {
  return facts.hasNoIdentity === true || (uptimeS !== undefined && uptimeS >= SETTLED_S)
}
