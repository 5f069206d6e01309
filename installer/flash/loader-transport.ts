// esptool-js speaks to a Web Serial port; this is ours dressed as one, and the transport around it. Two things differ from the
// browser's: a cable that was pulled is known at once instead of after every time-out, and nothing is written to the console.

import { Transport } from 'esptool-js'
import type { SerialLine } from './serial-line.ts'

type WebSerialPort = ConstructorParameters<typeof Transport>[0]

const SHORT_MS = 100

export class LineLost extends Error {}

export class LineTransport extends Transport {
  isLost = false
  /** Packets so far. */
  answers = 0
  /** Part of each time-out that is waited. */
  readonly patience: number
  private stopWaiting: () => void = () => {}

  constructor(device: WebSerialPort, patience: number) {
    super(device)
    this.patience = patience
  }

  /** It prints to the console, also where nothing was asked to be traced. */
  override trace(): void {}

  override async read(timeoutMs: number): Promise<Uint8Array> {
    const lost = new Promise<never>((_resolve, reject) => {
      this.stopWaiting = () => reject(new LineLost('the line is gone'))
    })
    if (this.isLost) this.stopWaiting()
    const answer = await Promise.race([lost, super.read(this.inPatience(timeoutMs))])
    this.answers++
    return answer
  }

  override async write(data: Uint8Array): Promise<void> {
    if (this.isLost) throw new LineLost('the line is gone')
    // what the operating system says first when a cable was pulled differs from system to system
    await super.write(data).catch(error => {
      this.lose()
      throw new LineLost('the line is gone', { cause: error })
    })
  }

  /** Short ones stay: under load a chip in the same process takes some milliseconds to answer. */
  private inPatience(timeoutMs: number): number {
    return Math.max(Math.min(timeoutMs, SHORT_MS), timeoutMs * this.patience)
  }

  lose(): void {
    this.isLost = true
    this.stopWaiting()
  }
}

export function transportOver(line: SerialLine, patience: number): LineTransport {
  const transport = new LineTransport(webSerialOf(line) as unknown as WebSerialPort, patience)
  line.onLost(() => transport.lose())
  return transport
}

/** Of Web Serial, what esptool-js uses. The line stays open all the time: who opened it closes it. */
function webSerialOf(line: SerialLine) {
  let lines = { rts: false, dtr: false }
  const freshReadable = () =>
    new ReadableStream<Uint8Array>({
      start: controller => line.onData(bytes => controller.enqueue(bytes)),
      cancel: () => line.onData(() => {}),
    })
  const device = {
    readable: freshReadable(),
    writable: new WritableStream<Uint8Array>({ write: bytes => line.write(bytes) }),
    getInfo: () => ({}),
    open: async ({ baudRate }: { baudRate: number }) => {
      device.readable = freshReadable()
      await line.setBaud(baudRate)
    },
    close: async () => {},
    setBaudRate: (baud: number) => line.setBaud(baud),
    setSignals: async (signals: { requestToSend?: boolean; dataTerminalReady?: boolean }) => {
      lines = { rts: signals.requestToSend ?? lines.rts, dtr: signals.dataTerminalReady ?? lines.dtr }
      await line.setLines(lines)
    },
  }
  return device
}
