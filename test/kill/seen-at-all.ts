// A value that comes through one gateway to one backend, seen on a page that is open at every backend.

import { setTimeout as delay } from 'node:timers/promises'
import type { Apart } from '../support/apart.ts'
import { meteringPointId } from '../support/fleet.ts'
import { batchOf, identityOf, ScriptedDongle } from '../support/scripted-dongle.ts'

const PATIENCE_MS = 20_000

/** How often each page shows the same reading of dongle 0; a page that shows none within 20 s has 0. */
export async function seenAtAll({ httpPorts, accessKey, brokerPort }: Apart): Promise<number[]> {
  const headers = { authorization: `Bearer ${accessKey}` }
  const dongle = new ScriptedDongle({ identity: identityOf(0), port: brokerPort, boot: 2 })
  await dongle.connect()
  const end = new AbortController()
  const pages = await Promise.all(httpPorts.map(port => openPage(port, headers, end.signal)))
  // A dongle that hears of the wish for live delivery is one whose gateway has heard of the pages.
  await dongle.until(() => dongle.commands.some(({ name }) => name === 'live'), 'the wish for live delivery')
  const t0S = Math.floor(Date.now() / 1000)
  for (let i = 0; i < 5; i++) await dongle.send(batchOf(2, i * 10, 10, t0S + i * 10))
  const [first, last] = [t0S + 40, t0S + 49]
  const count = (text: string): number => text.split(`"timeS":${first}`).length - 1
  const untilMs = performance.now() + PATIENCE_MS
  while (pages.some(page => !page.text.includes(`"timeS":${last}`)) && performance.now() < untilMs) await delay(10)
  end.abort()
  await dongle.end()
  return pages.map(page => count(page.text))
}

async function openPage(port: number, headers: Record<string, string>, signal: AbortSignal) {
  const base = `http://127.0.0.1:${port}/api/v1/metering-points`
  const response = await fetch(`${base}/${await meteringPointId(base, headers, 0)}/live`, { headers, signal })
  const page = { text: '' }
  void (async () => {
    const decoder = new TextDecoder()
    for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) page.text += decoder.decode(part)
  })().catch(() => undefined)
  return page
}
