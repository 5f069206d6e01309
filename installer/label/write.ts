// A label onto paper: files that only their owner can read, and, if a printer is named, the ZPL straight to it. The label is the one
// place where the claim code and the setup password are shown.

import { accessSync, constants, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { Trouble } from '../flash/trouble.ts'
import { toSvg, toZpl } from './draw.ts'
import { type LabelFacts, layOut } from './layout.ts'
import { toPng } from './png.ts'

export interface LabelWish {
  folder: string
  /** A device such as /dev/usb/lp0, or HOST:PORT of a printer that takes ZPL (9100). */
  printer?: string
}

const PRINTER_MS = 10_000

/** Before anything is changed for a label's sake: there is a folder that takes it, or takes the folders on its way. Throws Trouble label.no-place. */
export function checkLabels(folder: string): void {
  let there = resolve(folder)
  while (!existsSync(there)) there = dirname(there)
  try {
    accessSync(join(there, '/'), constants.W_OK)
  } catch (error) {
    throw new Trouble('label.no-place', { path: folder, why: (error as Error).message }, error)
  }
}

/** Not mkdir's own recursion, which never ends where a parent takes no folders and says that it is not there (/proc). */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
}

/** Returns the files' paths. Throws Trouble label.unwritten. */
export async function writeLabel(facts: LabelFacts, wish: LabelWish): Promise<string[]> {
  const label = layOut(facts)
  const zpl = toZpl(label)
  let path = wish.folder
  try {
    makeFolder(resolve(wish.folder))
    const contents: [string, string | Uint8Array][] = [
      ['svg', toSvg(label)],
      ['png', toPng(label)],
      ['zpl', zpl],
    ]
    const paths = contents.map(([kind, content]) => {
      path = join(wish.folder, `${facts.dongleId}.${kind}`)
      writeFileSync(path, content, { mode: 0o600 })
      return path
    })
    if (wish.printer !== undefined) {
      path = wish.printer
      await print(wish.printer, zpl)
    }
    return paths
  } catch (error) {
    throw new Trouble('label.unwritten', { path, why: (error as Error).message, id: facts.dongleId }, error)
  }
}

async function print(printer: string, zpl: string): Promise<void> {
  const address = /^([^/\\]+):(\d{1,5})$/.exec(printer)
  if (address === null) return writeFileSync(printer, zpl, { flag: 'a' })
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host: address[1] as string, port: Number(address[2]), timeout: PRINTER_MS })
    socket.on('connect', () => socket.end(zpl))
    socket.on('timeout', () => socket.destroy(new Error('the printer does not take it')))
    socket.on('error', reject)
    socket.on('close', hadError => (hadError ? undefined : resolve()))
  })
}
