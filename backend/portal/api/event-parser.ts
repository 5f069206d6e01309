// Text of a text/event-stream in any chunks → events (HTML Living Standard, 9.2.6). Bounded: an event that grows beyond
// the limit is dropped whole. It refuses to know the transport.

export interface StreamEvent {
  event: string
  data: string
  /** The id as it stands after this event; the one to send back as Last-Event-ID. */
  lastId: string
}

interface EventParser {
  feed(chunk: string): StreamEvent[]
}

const EVENT_CHARS_MAX = 4_000_000

export function createEventParser(): EventParser {
  let rest = ''
  let event = ''
  let data: string[] = []
  let chars = 0
  let lastId = ''

  function endEvent(): StreamEvent | undefined {
    const whole = data.length > 0 && chars <= EVENT_CHARS_MAX
    const finished = whole ? { event: event || 'message', data: data.join('\n'), lastId } : undefined
    event = ''
    data = []
    chars = 0
    return finished
  }

  function takeLine(line: string): void {
    const colon = line.indexOf(':')
    if (colon === 0) return // a comment: only a sign of life
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'event') event = value
    else if (field === 'id' && !value.includes('\0')) lastId = value
    else if (field === 'data') {
      chars += value.length
      if (chars <= EVENT_CHARS_MAX) data.push(value)
    }
  }

  return {
    feed(chunk) {
      const events: StreamEvent[] = []
      // A CR at the end may be half of a CRLF: it waits for its other half.
      const text = rest + chunk
      const end = text.endsWith('\r') ? text.length - 1 : text.length
      const lines = text.slice(0, end).split(/\r\n|\n|\r/)
      rest = lines.pop()! + text.slice(end)
      if (rest.length > EVENT_CHARS_MAX) rest = ''
      for (const line of lines) {
        if (line !== '') takeLine(line)
        else {
          const finished = endEvent()
          if (finished) events.push(finished)
        }
      }
      return events
    },
  }
}
