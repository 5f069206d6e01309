// A simulated board behind navigator.serial: Chromium's port as far as pages use it, bridged to the board in this process.

import type { Page } from 'playwright-core'
import type { Board } from './esp32/board.ts'

/** Runs in the page, before its own scripts. */
function install(): void {
  // biome-ignore lint/suspicious/noExplicitAny: the page's global has what exposeFunction put there
  const bridge = globalThis as any
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  let baud = 0
  const port = {
    readable: null as ReadableStream<Uint8Array> | null,
    writable: null as WritableStream<Uint8Array> | null,
    async open(options: { baudRate: number }) {
      if (port.readable) throw new DOMException('The port is already open.', 'InvalidStateError')
      baud = options.baudRate
      port.readable = new ReadableStream({
        start(into) {
          controller = into
        },
      })
      port.writable = new WritableStream({
        write: bytes => bridge.boardTakes(Array.from(bytes as Uint8Array), baud),
      })
    },
    async close() {
      if (port.readable?.locked || port.writable?.locked) throw new TypeError('Cannot close a locked stream')
      controller = undefined
      port.readable = null
      port.writable = null
    },
    setSignals: (signals: { requestToSend?: boolean; dataTerminalReady?: boolean }) =>
      bridge.boardLines({ rts: signals.requestToSend === true, dtr: signals.dataTerminalReady === true }),
    getInfo: () => ({}),
  }
  bridge.boardSends = (bytes: number[]) => controller?.enqueue(Uint8Array.from(bytes))
  bridge.boardIsLost = () => {
    controller?.error(new DOMException('The device has been lost.', 'NetworkError'))
    port.readable = null
  }
  Object.defineProperty(navigator, 'serial', { value: { requestPort: async () => port } })
}

/** Call before the page is opened. */
export async function bridgeTo(page: Page, board: Board): Promise<void> {
  await page.exposeFunction('boardTakes', (bytes: number[], baud: number) =>
    board.receive(Uint8Array.from(bytes), baud),
  )
  await page.exposeFunction('boardLines', (lines: { rts: boolean; dtr: boolean }) => board.setLines(lines))
  await page.addInitScript(install)
  let queue: Promise<unknown> = Promise.resolve()
  const inPage = (call: string): void => {
    queue = queue.then(() => page.evaluate(call)).catch(() => {})
  }
  board.onSend(bytes => inPage(`boardSends(${JSON.stringify(Array.from(bytes))})`))
  board.onLost(() => inPage('boardIsLost()'))
}
