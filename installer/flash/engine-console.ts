// The engine's console through EspruinoTools: expressions in packets, each acknowledged. The tools run in a context of their
// own, without console, network, files or modules: what they would print or fetch stays inside, and the line is ours.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { phrase, type Said } from '../text/say.ts'
import type { SerialLine } from './serial-line.ts'
import { Trouble } from './trouble.ts'

/** Of EspruinoTools' Connection, what is used here. */
interface Connection {
  /** Bytes given to writeLowLevel() at a time. */
  chunkSize: number
  writeLowLevel(text: string): Promise<void>
  /** Called when a write failed; the line is closed by who opened it. */
  closeLowLevel(): void
  openHandler(): void
  closeHandler(): void
  rxDataHandler(bytes: ArrayBuffer): void
  write(text: string): Promise<void>
  espruinoEval(expression: string, options: { timeout: number }): Promise<unknown>
}

export interface EngineConsole {
  /** The engine's answer, as JSON would have it. Throws Trouble engine.refused, with `part` to name what was tried, or port.lost. */
  evaluate(expression: string, part: Said, timeoutMs?: number): Promise<unknown>
  /** Types a line; nothing is awaited. */
  type(text: string): Promise<void>
}

const ANSWER_MS = 5000
/** The word to a console that an order has opened for a while (firmware/console.ts). */
const OPEN_WORD = 'open'
const LOCKED = 'Invalid password'
/** The engine answers reset() with its banner; what was running is gone then. */
const RESET_MS = 500
const SAID_CHARACTERS = 200
const EVENT_BYTES = 60
const PAUSE_MS = 2

const TOOLS = [import.meta.resolve('espruino/core/utils.js'), import.meta.resolve('espruino/core/serial.js')]

function newConnection(): Connection {
  const silent = { log() {}, warn() {}, error() {} }
  // an open line keeps the process alive; a time-out that nobody waits for any more must not
  const quietTimeout = (work: (...args: unknown[]) => void, ms: number, ...args: unknown[]) =>
    setTimeout(work, ms, ...args).unref()
  const context = createContext({ console: silent, setTimeout: quietTimeout, clearTimeout, btoa, atob })
  runInContext('var Espruino = { Core: { Status: { incrementProgress() {} } }, Config: {} }', context)
  for (const address of TOOLS) {
    runInContext(readFileSync(fileURLToPath(address), 'utf8'), context, { filename: address })
  }
  return runInContext('Espruino.Core.Serial.connection', context) as Connection
}

/**
 * A piece (chunkSize) and a pause: the engine queues input in events of at most 64 bytes, and its Linux build loses its place in the queue when
 * more arrives while it takes one out.
 */
async function writePaced(line: SerialLine, bytes: Uint8Array): Promise<void> {
  await line.write(bytes)
  await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
}

/** A packet's head holds the length in two bytes; blanks make the lower one a character that no console acts upon. */
function withPlainLength(expression: string): string {
  const missing = 32 - (expression.length & 0xff)
  return missing > 0 ? expression + ' '.repeat(missing) : expression
}

/** Stops what runs on the engine (nothing in flash changes) and asks for its version. Throws Trouble engine.absent, engine.locked or port.lost. */
export async function openEngineConsole(line: SerialLine): Promise<EngineConsole & { version: string }> {
  const connection = newConnection()
  let lose: () => void = () => {}
  const lost = new Promise<never>((_resolve, reject) => {
    lose = () => reject(new Error('the line is gone'))
  })
  lost.catch(() => {})
  let isLost = false
  line.onLost(() => {
    isLost = true
    connection.closeHandler()
    lose()
  })
  let said = ''
  line.onData(bytes => {
    said = (said + Buffer.from(bytes).toString('latin1')).slice(-SAID_CHARACTERS)
    connection.rxDataHandler(new Uint8Array(bytes).buffer)
  })
  connection.writeLowLevel = text => writePaced(line, Buffer.from(text, 'latin1'))
  connection.closeLowLevel = () => {}
  connection.chunkSize = EVENT_BYTES
  connection.openHandler()

  async function tried<T>(part: Said, work: () => Promise<T>): Promise<T> {
    try {
      return await Promise.race([lost, work()])
    } catch (thrown) {
      if (isLost || !line.isOpen) throw new Trouble('port.lost', { doing: phrase('doing.sending', { part }) }, thrown)
      throw new Trouble('engine.refused', { part, why: String((thrown as Error)?.message ?? thrown) }, thrown)
    }
  }
  const evaluate = (expression: string, part: Said, timeoutMs = ANSWER_MS): Promise<unknown> =>
    tried(part, () => connection.espruinoEval(withPlainLength(expression), { timeout: timeoutMs }))

  /** Whether the console, after this, says that it is locked. */
  async function isLockedAfter(text: string): Promise<boolean> {
    said = ''
    await tried('reset', () => connection.write(text))
    await new Promise(resolve => setTimeout(resolve, RESET_MS))
    return said.includes(LOCKED)
  }

  if ((await isLockedAfter('\x03\x03\n')) && (await isLockedAfter(`${OPEN_WORD}\n`))) {
    throw new Trouble('engine.locked', { port: line.path })
  }
  await isLockedAfter('\x10reset()\n')
  const version = await evaluate('process.version', 'the question for its version').catch(thrown => {
    if ((thrown as Trouble).code === 'port.lost') throw thrown
    throw new Trouble('engine.absent', { port: line.path }, thrown)
  })
  return {
    version: String(version),
    evaluate,
    type: text => tried('a line', () => connection.write(text)),
  }
}
