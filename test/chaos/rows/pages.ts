// Every fault of a line between a page and the backend. The fleet is not concerned; what is counted is the page: each reading of a dongle that
// reads now is shown, and recovery is the time until the newest is.

import { setTimeout as delay } from 'node:timers/promises'
import { meteringPointId } from '../../support/fleet.ts'
import { batchOf, identityOf, ScriptedDongle } from '../../support/scripted-dongle.ts'
import { openPage, type Page } from '../page.ts'
import type { PlayedRow, Result } from '../row.ts'
import { DONGLES, type Stage } from '../stage.ts'
import { FAULTS } from './lines.ts'

/** The page trusts a silent line for 15 s (its heartbeat comes every 5), and waits up to 8 s before it tries again. */
const RECOVERY_MOST_S = 25
const GIVE_UP_MS = 60_000

/** Boot numbers rise from row to row. */
let boot = 100

async function playPage(fault: (typeof FAULTS)[number], stage: Stage, holdMs: number): Promise<Result> {
  const { apart } = stage
  const headers = { authorization: `Bearer ${apart.accessKey}` }
  const number = DONGLES // one beside the fleet, whose boot must not go on
  const id = await meteringPointId(`http://127.0.0.1:${apart.httpPort}/api/v1/metering-points`, headers, number)
  const line = apart.lines(/^page-backend$/)
  const page = openPage(`http://127.0.0.1:${apart.pagePort}/api/v1/metering-points/${id}/live`, apart.accessKey)
  const dongle = new ScriptedDongle({ identity: identityOf(number), port: apart.portOf(number), boot: ++boot })
  // a gateway that has just started may not have found its backend yet
  while (
    !(await dongle.connect().then(
      () => true,
      () => false,
    ))
  )
    await delay(100)
  let seq = 0
  let isOn = true
  /** Times that are stored. */
  const sent: number[] = []
  const sending = (async () => {
    while (isOn) {
      const timeS = Math.floor(Date.now() / 1000)
      await dongle.send(batchOf(boot, seq, 1, timeS - seq))
      sent.push(timeS)
      seq++
      await delay(1000)
    }
  })()
  await until(page, () => sent.at(-1))
  for (const one of line) one.set(fault)
  if (fault.kind !== 'half-open') await delay(holdMs)
  for (const one of line) one.set()
  const healedMs = performance.now()
  // one that is measured from now on
  const nextS = Math.floor(Date.now() / 1000) + 1
  const isShown = await until(page, () => nextS)
  const recoveryS = Math.round((performance.now() - healedMs) / 100) / 10
  isOn = false
  await sending
  await until(page, () => sent.at(-1))
  const first = sent.findIndex(timeS => page.shown.has(timeS))
  const lost = sent.slice(Math.max(0, first)).filter(timeS => !page.shown.has(timeS)).length
  page.close()
  await dongle.end()
  const ok = isShown && lost === 0 && recoveryS <= RECOVERY_MOST_S
  return { name: `${fault.kind}: page-backend`, lost, doubled: 0, sent: sent.length, recoveryS, ok }
}

/** True when a reading of that time, which may move on, or a later one is shown; false when nobody waits any longer. */
async function until({ shown }: Page, timeS: () => number | undefined): Promise<boolean> {
  const endMs = performance.now() + GIVE_UP_MS
  while (performance.now() < endMs) {
    const wanted = timeS()
    if (wanted !== undefined && [...shown.keys()].some(one => one >= wanted)) return true
    await delay(20)
  }
  return false
}

export const PAGE_ROWS: PlayedRow[] = FAULTS.map(fault => ({
  name: `${fault.kind}: page-backend`,
  stage: 'direct',
  isQuick: fault.kind === 'drop',
  play: async (stage, holdMs) => ({ result: await playPage(fault, stage, holdMs), isOver: false }),
}))
