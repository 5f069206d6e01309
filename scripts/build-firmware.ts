// `npm run build:firmware`: firmware/main.ts → ONE script for the engine, dist/firmware/nrt.js, with its source map beside it
// for the virtual dongle. The dialect gate judges the finished file, the report shows what each room costs, and a bundle
// over budget or with a node-only library inside is not written. `--report` shows the sizes without writing. How it is made is make-bundle.ts's.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import type { BuildFailure } from 'esbuild'
import { SETUP_FILE, SETUP_PAGE } from '../firmware/setup-port.ts'
import { budget, type FirmwareBundle, MAIN, overBudget, PROJECT, SETUP } from './firmware-bundle.ts'
import { madeOnce } from './made-once.ts'

export interface SetupFiles {
  code: string
  page: Uint8Array
  problems: string[]
}

/** What lies beside the program in the engine's Storage (build-setup.ts). */
export async function bundleSetup(): Promise<SetupFiles> {
  const { code, problems } = await bundleFirmware(SETUP)
  const latin1 = await kept('setup-page', async () => {
    const { buildSetupPage } = await import('./build-setup.ts')
    return Buffer.from((await buildSetupPage()).answer).toString('latin1')
  })
  const page = Buffer.from(latin1, 'latin1')
  const most = budget().setupPageBytes
  return { code, page, problems: [...problems, ...overBudget('setup page', page.length, most)] }
}

/**
 * Bundles `entry` (absolute path) in memory and judges the result. Throws esbuild's BuildFailure for source that does not
 * bundle. `hasLongNames` keeps our property names as written, to measure what short ones save.
 */
export function bundleFirmware(entry: string, hasLongNames = false): Promise<FirmwareBundle> {
  const make = async (): Promise<FirmwareBundle> => {
    const { makeBundle } = await import('./make-bundle.ts')
    return makeBundle(entry, hasLongNames)
  }
  if (!entry.startsWith(join(PROJECT, 'firmware'))) return make()
  return kept(`${relative(PROJECT, entry).replaceAll('/', '-')}${hasLongNames ? '-long' : ''}`, make)
}

/**
 * With NRT_BUILDS_KEPT, a folder, a run of many processes makes each thing once (test/support/shared-by-a-run.ts): who comes second waits, and who
 * finds it made loads no compiler.
 */
async function kept<T>(name: string, make: () => Promise<T>): Promise<T> {
  const folder = process.env.NRT_BUILDS_KEPT
  if (folder === undefined) return make()
  const path = join(folder, `${name}.json`)
  await madeOnce(path, async own => writeFileSync(own, JSON.stringify(await make())))
  return JSON.parse(readFileSync(path, 'utf8'))
}

/** The report's lines, a header first. */
export function sizeReport(bundle: FirmwareBundle): string[] {
  const row = (name: string, ...numbers: (number | string)[]) =>
    name.padEnd(18) + numbers.map(one => String(one).padStart(10)).join('')
  const sum = (key: 'sourceBytes' | 'gzipBytes') => bundle.rooms.reduce((total, room) => total + room[key], 0)
  return [
    row('room', 'source', 'minified', 'gzip'),
    ...bundle.rooms.map(one => row(one.room, one.sourceBytes, one.minifiedBytes, one.gzipBytes)),
    row(
      'bundle',
      sum('sourceBytes'),
      bundle.code.length,
      gzipSync(Buffer.from(bundle.code, 'latin1'), { level: 9 }).length,
    ),
    row('  program', '', bundle.programBytes, ''),
    row('  parts', '', bundle.code.length - bundle.programBytes, ''),
  ]
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      report: { type: 'boolean', default: false },
      entry: { type: 'string', default: MAIN },
      out: { type: 'string', default: join(PROJECT, 'dist/firmware/nrt.js') },
    },
  })
  const bundle = await bundleFirmware(values.entry).catch((failure: BuildFailure) => {
    for (const error of failure.errors ?? []) {
      console.error(`${error.location?.file ?? 'bundle'}:${error.location?.line ?? 0}: ${error.text}`)
    }
    if (!failure.errors) throw failure
    return undefined
  })
  if (!bundle) return 1
  for (const line of sizeReport(bundle)) console.log(line)
  const setup = values.entry === MAIN ? await bundleSetup() : undefined
  if (setup)
    console.log(`setup file ${setup.code.length}, its page ${setup.page.length} (in Storage; not in the bundle)`)
  const problems = [...bundle.problems, ...(setup?.problems ?? [])]
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) {
    console.error(`build:firmware: ${problems.length} problems, nothing written`)
    return 1
  }
  if (!values.report) {
    mkdirSync(dirname(values.out), { recursive: true })
    writeFileSync(values.out, bundle.code, 'latin1')
    writeFileSync(`${values.out}.map`, bundle.map)
    writeFileSync(`${values.out}.sentences.json`, `${JSON.stringify(bundle.sentences, null, 1)}\n`)
    if (setup) {
      writeFileSync(join(dirname(values.out), SETUP_FILE), setup.code)
      writeFileSync(join(dirname(values.out), SETUP_PAGE), setup.page)
    }
    const name = basename(values.out)
    console.log(`build:firmware: wrote ${relative(PROJECT, values.out)}, ${name}.map and ${name}.sentences.json`)
  }
  return 0
}

if (import.meta.main) process.exitCode = await main()
