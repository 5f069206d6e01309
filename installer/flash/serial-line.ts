// A serial port as the rest sees it: bytes in and out, a speed, two control lines, and one end. Behind it is serialport; tests put
// their own board behind the same interface. What the operating system calls a port's troubles gets our words here.

import { existsSync } from 'node:fs'
import { SerialPort } from 'serialport'
import { Trouble } from './trouble.ts'

export interface SerialLine {
  readonly path: string
  readonly isOpen: boolean
  /** False when the port has no RTS and DTR (some adapters, pseudo-terminals): then a person presses the buttons. */
  readonly hasControlLines: boolean
  /** Called with what arrives; the newest listener gets it. */
  onData(listener: (bytes: Uint8Array) => void): void
  /** Called once when the port goes away by itself. */
  onLost(listener: () => void): void
  /** Resolves when the bytes have left. Throws when the line is gone. */
  write(bytes: Uint8Array): Promise<void>
  setBaud(baud: number): Promise<void>
  /** RTS true holds the chip in reset, DTR true pulls GPIO 0 low (the usual wiring of ESP32 boards). */
  setLines(lines: { rts: boolean; dtr: boolean }): Promise<void>
  close(): Promise<void>
}

export type OpenLine = (path: string, baud: number) => Promise<SerialLine>

export interface PortListing {
  path: string
  /** What the operating system knows: maker and product. */
  about: string
}

/** Serial ports that could be a board: those of USB adapters where there are any, else all. */
export async function listPorts(): Promise<PortListing[]> {
  const all = await SerialPort.list().catch(() => [])
  const usb = all.filter(port => port.vendorId !== undefined)
  return (usb.length > 0 ? usb : all.filter(port => !/ttyS\d+$/.test(port.path))).map(port => ({
    path: port.path,
    about: [port.manufacturer, port.vendorId && `${port.vendorId}:${port.productId}`].filter(Boolean).join(' '),
  }))
}

/** Throws Trouble port.unknown, port.busy or port.denied. */
export const openSerialLine: OpenLine = async (path, baud) => {
  const port = new SerialPort({ path, baudRate: baud, autoOpen: false })
  await promised(done => port.open(done)).catch(error => {
    throw openingTrouble(path, error as Error)
  })
  return lineOf(port)
}

function openingTrouble(port: string, error: Error): Trouble {
  const why = error.message
  if (/cannot lock|busy|temporarily unavailable|exclusive/i.test(why)) return new Trouble('port.busy', { port }, error)
  if (/no such file|not found|ENOENT|unknown error code 2\b/i.test(why))
    return new Trouble('port.unknown', { port }, error)
  // Windows says "Access denied" both for a port in use and for one that is not ours
  return new Trouble('port.denied', { port, why }, error)
}

/** The line on an open port. */
export function lineOf(port: SerialPort): SerialLine {
  let listener: (bytes: Uint8Array) => void = () => {}
  let lost: () => void = () => {}
  let isClosing = false
  let hasControlLines = true
  port.on('data', (bytes: Buffer) => listener(bytes))
  // What waits for a port that goes away would wait for ever now and then: serialport does not always answer it.
  const gone = Promise.withResolvers<never>()
  gone.promise.catch(() => {})
  const whileThere = (start: Start): Promise<void> => Promise.race([promised(start), gone.promise])
  // what was unplugged shows itself as a close or as a failed read; some systems say neither, then the device file is gone
  for (const event of ['error', 'close']) {
    port.on(event, () => {
      gone.reject(new Error('the port is gone'))
      if (!isClosing) lost()
    })
  }
  const isThere = (): boolean => process.platform === 'win32' || existsSync(port.path)
  return {
    path: port.path,
    get isOpen() {
      return port.isOpen && isThere()
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
      await whileThere(done => port.write(Buffer.from(bytes), done))
      await whileThere(done => port.drain(done))
    },
    setBaud: baud => whileThere(done => port.update({ baudRate: baud }, done)),
    setLines: ({ rts, dtr }) =>
      whileThere(done => port.set({ rts, dtr }, done)).catch(() => {
        hasControlLines = false
      }),
    close: async () => {
      isClosing = true
      if (port.isOpen) await promised(done => port.close(done)).catch(() => {})
    },
  }
}

type Start = (done: (error: Error | null | undefined) => void) => void

function promised(start: Start): Promise<void> {
  return new Promise((resolve, reject) => start(error => (error ? reject(error) : resolve())))
}
