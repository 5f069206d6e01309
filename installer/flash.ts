// `nrt flash`: from a bare ESP32 to a sealed, labelled dongle. This file is the command line: options in, a recipe out, and the exit
// code; the steps are make-dongle.ts's.

import { createInterface } from 'node:readline'
import { Command, InvalidArgumentError, Option } from 'commander'
import { backendAccess } from './flash/access.ts'
import { bringProgram } from './flash/app-only.ts'
import { makeTray, type Tally } from './flash/batch.ts'
import { readBundle, readEngine, readFlashConfig, readNetworks } from './flash/config.ts'
import { openJournal } from './flash/journal.ts'
import { type Milestones, makeDongle, type Recipe } from './flash/make-dongle.ts'
import { projectFile } from './flash/options.ts'
import type { Part } from './flash/self-test.ts'
import { listPorts, openSerialLine } from './flash/serial-line.ts'
import { jsonShow, type Show, wordShow } from './flash/show.ts'
import { EXIT_CODES, exitCodeOf, Trouble, troubleOf } from './flash/trouble.ts'
import { writeLabel } from './label/write.ts'

export interface FlashOptions {
  port?: string[]
  list?: boolean
  batch?: boolean
  tray?: string
  journal: string
  appOnly?: boolean
  newIdentity?: boolean
  networks?: string
  require?: Part[]
  backend: string
  keyFile?: string
  labels: string
  printer?: string
  config: string
  bundle: string
  baud: number
  json?: boolean
  color: boolean
}

const HELP = `
The chip's flash is made to read exactly as planned: engine (checked by SHA-256), program, identity in two copies, configuration,
everything else empty; all of it is read back. Then the dongle starts, tells how it is, is registered with the backend, and its
label is written. Whatever goes wrong, the same command again goes on from what is on the chip; a dongle keeps its identity.

The installer's key comes from NRT_INSTALLER_KEY or --key-file, never from the command line. The label is the only place where
the claim code and the setup password are shown.

Exit codes: 0 done; 1 a board of the batch failed; 2 files, settings; 3 port; 4 chip; 5 writing; 6 self-test; 7 backend; 8 label.

Examples:
  nrt flash
  nrt flash --port /dev/ttyUSB0 --networks home.json --require wifi
  nrt flash --batch --tray 2026-11-A --port /dev/ttyUSB0 --port /dev/ttyUSB1
  nrt flash --json | jq -r 'select(.step == "label") | .files[]'`

export function flashCommand(): Command {
  return new Command('flash')
    .description('make a sealed, labelled dongle from a bare ESP32')
    .option('-p, --port <path>', 'serial port; found by itself if there is one (repeat it with --batch)', gather, [])
    .option('--list', 'show the serial ports and end')
    .option('--batch', 'a whole tray: keeps going, writes the journal, skips boards that are done')
    .addOption(new Option('--tray <name>', 'name of the tray').argParser(named).default('tray'))
    .option('--journal <file>', 'CSV that the batch adds to', 'nrt-flash.csv')
    .addOption(
      new Option('--app-only', 'the engine is on the chip: bring program and identity over its console').conflicts(
        'batch',
      ),
    )
    .option('--new-identity', 'forget the identity that is on the chip')
    .option('--networks <file>', 'Wi-Fi networks to preload, JSON: [{"ssid", "password"}]')
    .addOption(
      new Option('--require <part...>', 'must be good in the self-test too').choices(['p1', 'wifi']).default([]),
    )
    .option('--backend <url>', 'where the dongle is registered', 'http://127.0.0.1:8080')
    .option('--key-file <file>', "file with the installer's key")
    .option('--labels <folder>', 'where labels are written', 'labels')
    .option('--printer <where>', 'send the label there as ZPL: HOST:9100 or a device')
    .option('--config <file>', 'flash configuration', projectFile('flash.config.json'))
    .option('--bundle <file>', 'the program', projectFile('dist/firmware/nrt.js'))
    .option('--baud <n>', 'speed of writing', positive, 460_800)
    .option('--json', 'one JSON object per step')
    .option('--no-color', 'no colours (NO_COLOR does the same)')
    .addHelpText('after', HELP)
    .action(async (options: FlashOptions) => {
      process.exitCode = await run(options)
    })
}

function gather(value: string, before: string[]): string[] {
  return [...before, value]
}

function positive(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new InvalidArgumentError('It is a whole number above 0.')
}

function named(text: string): string {
  if (/^[\w.-]{1,40}$/.test(text)) return text
  throw new InvalidArgumentError('Letters, digits, dots and hyphens, at most 40.')
}

async function run(options: FlashOptions): Promise<number> {
  const show = options.json === true ? jsonShow(process.stdout) : wordShow(process.stdout, options.color)
  try {
    if (options.list === true) return await list(options)
    const recipe = recipeOf(options)
    show.done('files', `${recipe.engine.length} engine files, program of ${recipe.bundle.length} bytes`, {
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
function recipeOf(options: FlashOptions): Recipe {
  const config = readFlashConfig(options.config)
  return {
    config,
    engine: options.appOnly === true ? [] : readEngine(config, options.config),
    bundle: readBundle(options.bundle),
    networks: readNetworks(options.networks),
    access: backendAccess(options.backend, options.keyFile, process.env),
    writeLabel: facts => writeLabel(facts, { folder: options.labels, printer: options.printer }),
    tray: options.batch === true ? options.tray : undefined,
    baud: options.baud,
    isNewIdentityForced: options.newIdentity === true,
    needed: options.require ?? [],
    selfTestMs: 45_000,
    attempts: 5,
    openLine: openSerialLine,
  }
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
    show.done('tray', sentenceOf(tally), { ...tally, journal: options.journal })
    return tally.failed > 0 ? 1 : 0
  } finally {
    journal.close()
  }
}

function sentenceOf({ made, skipped, failed }: Tally): string {
  return `${made} made, ${skipped} done before, ${failed} failed`
}

/** The first board is there; each line typed means that the next one is; the end of input or `q` ends the tray. */
async function* oneAfterTheOther(port: string, show: Show): AsyncGenerator<string> {
  yield port
  const input = createInterface({ input: process.stdin })
  show.ask('exchange the board and press Enter; q and Enter when the tray is done')
  for await (const typed of input) {
    if (typed.trim() === 'q') return input.close()
    yield port
    show.ask('exchange the board and press Enter; q and Enter when the tray is done')
  }
}
