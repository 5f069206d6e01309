// A serial line over Web Serial, as the rest of the tool sees lines. A browser changes the speed by closing and opening again, and tells
// of a pulled cable by an error of the reader.

import type { OpenLine, SerialLine } from '../flash/serial-line.ts'
import { Trouble } from '../flash/trouble.ts'

/** Chromium's default of 255 bytes loses what comes while the page is busy. */
const BUFFER_BYTES = 65_536

/** Throws Trouble port.busy. */
export function webLineOpener(port: SerialPort): OpenLine {
  return async (path, baud) => {
    await openAt(port, path, baud)
    return lineOver(port, path)
  }
}

async function openAt(port: SerialPort, path: string, baud: number): Promise<void> {
  await port.open({ baudRate: baud, bufferSize: BUFFER_BYTES }).catch(error => {
    throw new Trouble('port.busy', { port: path }, error)
  })
}

function lineOver(port: SerialPort, path: string): SerialLine {
  let listener: (bytes: Uint8Array) => void = () => {}
  let lost: () => void = () => {}
  let isOpen = true
  let isPausing = false
  let hasControlLines = true
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  let reading = read()

  async function read(): Promise<void> {
    try {
      while (isOpen && !isPausing && port.readable) {
        reader = port.readable.getReader()
        try {
          for (let got = await reader.read(); !got.done; got = await reader.read()) listener(got.value)
        } finally {
          reader.releaseLock()
        }
      }
    } catch {
      isOpen = false
    }
    if (!isPausing) {
      isOpen = false
      lost()
    }
  }

  async function pause(): Promise<void> {
    isPausing = true
    await reader?.cancel().catch(() => {})
    await reading
    await port.close().catch(() => {})
  }

  return {
    path,
    get isOpen() {
      return isOpen
    },
    get hasControlLines() {
      return hasControlLines
    },
    onData: to => {
      listener = to
    },
    onLost: to => {
      lost = to
    },
    write: async bytes => {
      if (!port.writable) throw new Error('the port is closed')
      const writer = port.writable.getWriter()
      try {
        await writer.write(bytes)
      } finally {
        writer.releaseLock()
      }
    },
    setBaud: async baud => {
      await pause()
      await openAt(port, path, baud)
      isPausing = false
      reading = read()
    },
    setLines: ({ rts, dtr }) =>
      port.setSignals({ requestToSend: rts, dataTerminalReady: dtr }).catch(() => {
        hasControlLines = false
      }),
    close: async () => {
      isOpen = false
      await pause()
    },
  }
}
