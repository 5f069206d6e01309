// The live page without its pictures: the portal's own rules of when to connect, when to give a silent line up and what to ask for again
// (backend/portal/live/link.ts), over fetch. It keeps the times of the readings that it was shown.

import { createEventParser } from '../../backend/portal/api/event-parser.ts'
import { closeLink, connectLink, idleLink, type Link, openedLink, tickLink } from '../../backend/portal/live/link.ts'

export interface Page {
  /** Times of readings, and how often each was shown. */
  readonly shown: Map<number, number>
  close(): void
}

const TICK_MS = 250

/** Opens the live stream at `url` with an access key; the clock is this machine's. */
export function openPage(url: string, accessKey: string): Page {
  const shown = new Map<number, number>()
  let lastId = ''
  let stream: AbortController | undefined
  let step = connectLink(idleLink(), Date.now())
  let link: Link = step.link

  function carryOut(): void {
    link = step.link
    for (const effect of step.effects) {
      stream?.abort()
      stream = undefined
      if (effect === 'open') void read()
    }
  }

  async function read(): Promise<void> {
    const own = new AbortController()
    stream = own
    const authorization = { authorization: `Bearer ${accessKey}`, accept: 'text/event-stream' }
    const headers = lastId === '' ? authorization : { ...authorization, 'last-event-id': lastId }
    try {
      const answer = await fetch(url, { headers, signal: own.signal })
      if (!answer.ok || answer.body === null) throw new Error(`the page was answered ${answer.status}`)
      if (stream === own) link = openedLink(link, Date.now())
      const parser = createEventParser()
      const decoder = new TextDecoder()
      for await (const bytes of answer.body as unknown as AsyncIterable<Uint8Array>) {
        link = { ...link, heardAtMs: Date.now() }
        for (const event of parser.feed(decoder.decode(bytes, { stream: true })))
          take(event.event, event.data, event.lastId)
      }
    } catch {
      // cut, refused or not there: the same to a page
    }
    if (stream === own) link = closeLink(link, Date.now(), 0.5)
  }

  function take(event: string, data: string, id: string): void {
    if (id !== '') lastId = id
    if (event !== 'reading') return
    for (const { timeS } of (JSON.parse(data) as { readings: { timeS: number }[] }).readings)
      shown.set(timeS, (shown.get(timeS) ?? 0) + 1)
  }

  carryOut()
  const ticking = setInterval(() => {
    step = tickLink(link, Date.now(), 0.5)
    carryOut()
  }, TICK_MS)
  return {
    shown,
    close() {
      clearInterval(ticking)
      stream?.abort()
    },
  }
}
