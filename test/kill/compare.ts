// What dongles sent and were told, beside what REST reads back: lost, doubled, invented.

import { meteringPointId } from '../support/fleet.ts'
import { batchOf, type ScriptedDongle } from '../support/scripted-dongle.ts'

export interface StoreReport {
  batchesSent: number
  acknowledged: number
  /** Acknowledged readings that cannot be read back, or read with other numbers. */
  lost: number
  /** Readings that are there twice. */
  doubled: number
  /** Readings that nobody sent. */
  invented: number
}

/** Dongle `number` of the fleet sent batches of boot 1 from `seqFrom` up to `seqEnd`; all of them are acknowledged by now. */
export interface Sent {
  dongle: ScriptedDongle
  number: number
  /** Absent: 0. */
  seqFrom?: number
  seqEnd: number
}

interface RawPage {
  timeS: number[]
  columns: { offtakeW?: (number | null)[] }
  next: string | null
}

export async function compareWithStore(
  fleet: Sent[],
  { httpPort, accessKey, t0S, readings }: { httpPort: number; accessKey: string; t0S: number; readings: number },
): Promise<StoreReport> {
  const report: StoreReport = { batchesSent: 0, acknowledged: 0, lost: 0, doubled: 0, invented: 0 }
  const headers = { authorization: `Bearer ${accessKey}` }
  const base = `http://127.0.0.1:${httpPort}/api/v1/metering-points`
  for (const { dongle, number, seqFrom = 0, seqEnd } of fleet) {
    const id = await meteringPointId(base, headers, number)
    const sent = new Map<number, number>()
    for (let seq = seqFrom; seq < seqEnd; seq += readings) {
      const batch = batchOf(1, seq, readings, t0S)
      if (dongle.acknowledged.has(`1.${seq}.${readings}`)) report.acknowledged++
      for (let i = 0; i < readings; i++) sent.set(batch.timeS[i] as number, batch.columns[4]?.[i] as number)
    }
    const seen = new Set<number>()
    let cursor = ''
    do {
      const query = `resolution=raw&fromS=${t0S + seqFrom}&toS=${t0S + seqEnd}&fields=offtakeW&limit=10000${cursor}`
      const response = await fetch(`${base}/${id}/readings?${query}`, { headers })
      if (!response.ok) throw new Error(`reading back gave ${response.status}: ${await response.text()}`)
      const page = (await response.json()) as RawPage
      page.timeS.forEach((timeS, i) => {
        if (seen.has(timeS)) report.doubled++
        seen.add(timeS)
        if (!sent.has(timeS)) report.invented++
        else if (sent.get(timeS) !== page.columns.offtakeW?.[i]) report.lost++
      })
      cursor = page.next === null ? '' : `&cursor=${encodeURIComponent(page.next)}`
    } while (cursor !== '')
    for (const timeS of sent.keys()) if (!seen.has(timeS)) report.lost++
    report.batchesSent += (seqEnd - seqFrom) / readings
  }
  return report
}
