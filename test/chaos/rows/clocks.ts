// Wrong clocks: of a gateway, of the backend, forward and back, while everything runs.

import { setTimeout as delay } from 'node:timers/promises'
import type { Row } from '../row.ts'

const HOUR_MS = 3_600_000

function stepped(part: string, hours: number, more: Partial<Row> = {}): Row {
  const way = hours > 0 ? 'forward' : 'back'
  return {
    ...{ name: `clock ${Math.abs(hours)} h ${way}: ${part}`, stage: 'shared', ...more },
    async hurt({ apart }, holdMs) {
      apart.setClock(part, hours * HOUR_MS)
      await delay(holdMs)
      apart.setClock(part, 0)
    },
  }
}

const OFF = "this clock is off by so many seconds: the backend's is taken instead"
const RIGHT = 'this clock is right again'
const BACKEND_OFF = "this clock is off from the database's"
const BACKEND_RIGHT = "this clock is the database's again"

export const CLOCK_ROWS: Row[] = [
  stepped('gateway 1', 1, {
    isQuick: true,
    // the bad input of one node with a wrong clock: one line that says it, and one when it is over
    async look({ apart }) {
      const said = apart.log('gateway 1').map(({ msg }) => msg)
      for (let tries = 0; tries < 100 && !apart.log('gateway 1').some(({ msg }) => msg === RIGHT); tries++)
        await delay(50)
      const offs = said.filter(msg => msg === OFF).length
      return offs === 1 ? undefined : `gateway 1 said ${offs} times that its clock is off`
    },
  }),
  stepped('gateway 1', -1),
  stepped('backend', 1, {
    // the gateways take the backend's time; the database knows that it is this clock that is off
    async look({ apart }) {
      const said = () => apart.log('backend').map(({ msg }) => msg)
      for (let tries = 0; tries < 100 && !said().includes(BACKEND_RIGHT); tries++) await delay(50)
      const offs = said().filter(msg => msg.startsWith(BACKEND_OFF)).length
      return offs === 1 ? undefined : `the backend said ${offs} times that its clock is off`
    },
  }),
  stepped('backend', -1),
  // longer than a token lives
  stepped('backend', 25, { isQuick: true }),
]
