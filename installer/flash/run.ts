// What `nrt flash` does once its command line was understood: reads and judges everything, finds the port, makes one dongle or a tray,
// and turns what was thrown into words and an exit code.

import { createInterface } from 'node:readline'
import { checkLabels, writeLabel } from '../label/write.ts'
import { phrase, say } from '../text/say.ts'
import { backendAccess } from './access.ts'
import { bringProgram } from './app-only.ts'
import { askPassword } from './ask-password.ts'
import { makeTray } from './batch.ts'
import {
  atMostFour,
  readBeside,
  readBoot,
  readBundle,
  readEngine,
  readFlashConfig,
  readNetworks,
  typedNetwork,
} from './config.ts'
import { openJournal } from './journal.ts'
import { type Milestones, makeDongle, type Recipe } from './make-dongle.ts'
import type { FlashOptions } from './options.ts'
import { pinEngine } from './pin.ts'
import type { WifiNetwork } from './regions.ts'
import { listPorts, openSerialLine } from './serial-line.ts'
import { type Show, showFor } from './show.ts'
import { exitCodeOf, Trouble, troubleOf } from './trouble.ts'
import { EXIT_CODES } from './trouble-codes.ts'

/** Returns the exit code; throws nothing. */
export async function runFlash(options: FlashOptions): Promise<number> {
  const show = showFor(options)
  try {
    if (options.list === true) return await list(options)
    if (options.pin === true) {
      pinEngine(options.config, show)
      return 0
    }
    const recipe = await recipeOf(options)
    show.done('files', phrase('files.read', { files: recipe.engine.length, bytes: recipe.bundle.length }), {
      engine: recipe.config.engine.version,
      bundleBytes: recipe.bundle.length,
    })
    return options.batch === true ? await runBatch(options, recipe, show) : await runOne(options, recipe, show)
  } catch (thrown) {
    const trouble = troubleOf(thrown)
    show.trouble(trouble)
    return exitCodeOf(trouble.code)
  }
}

async function list(options: FlashOptions): Promise<number> {
  const ports = await listPorts()
  for (const port of ports) {
    process.stdout.write(options.json === true ? `${JSON.stringify(port)}\n` : `${port.path}  ${port.about}\n`)
  }
  if (ports.length === 0 && options.json !== true) throw new Trouble('port.none')
  return ports.length === 0 ? EXIT_CODES.port : 0
}

/** Everything is read and judged before a port is opened. */
async function recipeOf(options: FlashOptions): Promise<Recipe> {
  const config = readFlashConfig(options.config)
  const recipe: Recipe = {
    config,
    engine: options.appOnly === true ? [] : readEngine(config, options.config),
    bundle: readBundle(options.bundle),
    beside: readBeside(options.bundle),
    networks: await networksOf(options),
    boot: readBoot(options.bundle),
    access: backendAccess(options.backend, options.keyFile, process.env),
    writeLabel: facts => writeLabel(facts, { folder: options.labels, printer: options.printer }),
    tray: options.batch === true ? options.tray : undefined,
    baud: options.baud,
    isNewIdentityForced: options.newIdentity === true,
    needed: options.require ?? [],
    // the radio of one that was started again and again starts later, each time twice as late
    selfTestMs: 90_000,
    attempts: 5,
    openLine: openSerialLine,
  }
  checkLabels(options.labels)
  return recipe
}

/** Those of the file, then those named on the command line, whose passwords are asked for: a command line is seen by everybody on the machine. */
async function networksOf(options: FlashOptions): Promise<WifiNetwork[]> {
  const networks = readNetworks(options.networks)
  for (const ssid of options.wifiNetwork ?? []) {
    networks.push(typedNetwork(ssid, await askPassword(say(phrase('password.ask', { ssid }), options.lang))))
  }
  return atMostFour(networks)
}

const NOTED_NOWHERE: Milestones = { met: () => false, reached: () => {} }

async function runOne(options: FlashOptions, recipe: Recipe, show: Show): Promise<number> {
  const [port, second] = options.port?.length ? options.port : [await onlyPort()]
  if (second !== undefined) throw new Trouble('port.many', { ports: (options.port ?? []).join(', ') })
  const make = options.appOnly === true ? bringProgram : makeDongle
  await make(recipe, port as string, show, NOTED_NOWHERE)
  return 0
}

async function onlyPort(): Promise<string> {
  const ports = await listPorts()
  const [first, second] = ports
  if (first === undefined) throw new Trouble('port.none')
  if (second !== undefined) throw new Trouble('port.many', { ports: ports.map(port => port.path).join(', ') })
  return first.path
}

async function runBatch(options: FlashOptions, recipe: Recipe, show: Show): Promise<number> {
  const given = options.port?.length ? options.port : (await listPorts()).map(port => port.path)
  const [first, second] = given
  if (first === undefined) throw new Trouble('port.none')
  const journal = openJournal(options.journal, options.tray as string, () => new Date().toISOString())
  try {
    const ports = second === undefined ? oneAfterTheOther(first, show) : given
    const tally = await makeTray(recipe, ports, journal, show)
    show.done('tray', phrase('tray.tally', { ...tally }), { ...tally, journal: options.journal })
    return tally.failed > 0 ? 1 : 0
  } finally {
    journal.close()
  }
}

/** The first board is there; each line typed means that the next one is; the end of input or `q` ends the tray. */
async function* oneAfterTheOther(port: string, show: Show): AsyncGenerator<string> {
  yield port
  const input = createInterface({ input: process.stdin })
  show.ask(phrase('tray.exchange'))
  for await (const typed of input) {
    if (typed.trim() === 'q') return input.close()
    yield port
    show.ask(phrase('tray.exchange'))
  }
}
