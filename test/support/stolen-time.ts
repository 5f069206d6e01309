// What the host of a virtual machine gave to others of the processors that the machine takes for its own. Whoever takes timings says it beside them: it makes
// them longer, and nothing that was measured did. Linux tells it as `steal`: jiffies of all processors together, in the first line of /proc/stat (proc_stat(5)).

import { readFileSync } from 'node:fs'

/** Jiffies since the machine started. */
export interface ProcessorTime {
  total: number
  stolen: number
}

/** cpu user nice system idle iowait irq softirq steal guest guest_nice: guests' time is in user and nice already. */
const STOLEN_AT = 7
const KINDS = 8

/** Undefined: that is not what Linux has there. */
export function processorTimeIn(stat: string): ProcessorTime | undefined {
  const [name, ...jiffies] = stat.split('\n', 1)[0]?.trim().split(/ +/) ?? []
  const kinds = jiffies.slice(0, KINDS).map(Number)
  if (name !== 'cpu' || kinds.length < KINDS || !kinds.every(Number.isSafeInteger)) return undefined
  return { total: kinds.reduce((sum, one) => sum + one), stolen: kinds[STOLEN_AT] as number }
}

/** Each call: of all processors' time since the call before, or since this one, what the host took, in percent. Undefined where the system does not tell. */
export function openStolenTime(read: () => string = readStat): () => number | undefined {
  let before = processorTimeIn(read())
  return () => {
    const now = processorTimeIn(read())
    const [from, to] = [before, now]
    before = now
    if (from === undefined || to === undefined || to.total <= from.total) return undefined
    return Math.round((1000 * (to.stolen - from.stolen)) / (to.total - from.total)) / 10
  }
}

function readStat(): string {
  try {
    return readFileSync('/proc/stat', 'latin1')
  } catch {
    return ''
  }
}
