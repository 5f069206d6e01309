// What the pages are on a bad line: how long until there is something to read, on the throttled network of Chromium's own tools, with nothing kept from before.

import type { Page } from 'playwright-core'

/** Of a phone's third generation: an ordinary line of it and a bad one. */
export const LINES = {
  '3G': { kilobitsDown: 1600, kilobitsUp: 768, roundTripMs: 300 },
  'slow 3G': { kilobitsDown: 400, kilobitsUp: 400, roundTripMs: 400 },
} as const

export type LineName = keyof typeof LINES

export interface FirstSight {
  /** From asking for the address until what it is about can be read. */
  ms: number
  /** Came over the line until then, heads and all. */
  bytes: number
}

/** Opens `address` on that line. `useful`: there is something to read when this is. */
export async function firstSight(page: Page, address: string, line: LineName, useful: string): Promise<FirstSight> {
  const { kilobitsDown, kilobitsUp, roundTripMs } = LINES[line]
  const tools = await page.context().newCDPSession(page)
  try {
    await tools.send('Network.enable')
    await tools.send('Network.setCacheDisabled', { cacheDisabled: true })
    await tools.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: roundTripMs,
      downloadThroughput: (kilobitsDown * 1000) / 8,
      uploadThroughput: (kilobitsUp * 1000) / 8,
    })
    let bytes = 0
    tools.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength
    })
    await page.goto('about:blank')
    const startedMs = performance.now()
    await page.goto(address, { waitUntil: 'commit' })
    await page.locator(useful).first().waitFor()
    return { ms: Math.round(performance.now() - startedMs), bytes }
  } finally {
    await tools.detach()
  }
}
