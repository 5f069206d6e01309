// `npm run release [-- --twice]`: what is given out, from the last commit and nothing else: its files, the built program and pages, and the SBOM, in
// one archive whose bytes follow from the commit. --twice makes it in two places and says whether they are the same.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { create } from 'tar'
import { makeSbom } from './sbom.ts'

const ROOT = join(import.meta.dirname, '..')
/** The page that makes dongles holds the engine's files, which are not ours to give out. */
const BUILDS = ['build:firmware', 'build:portal']
const NOT_GIVEN_OUT = /^node_modules$/

/** Packs all of `folder` under `name`/: sorted, with one time, one owner, one mode for files and one for programs. */
export async function packFolder(folder: string, name: string, file: string, atS: number): Promise<void> {
  const files = filesIn(folder).sort()
  await create(
    {
      file,
      cwd: folder,
      prefix: name,
      portable: true,
      gzip: { level: 9 },
      mtime: new Date(atS * 1000),
      noDirRecurse: true,
      // rights beyond "may be run" are the machine's that packed it
      onWriteEntry(entry) {
        if (entry.stat !== undefined) entry.stat.mode = (entry.stat.mode & 0o100) === 0 ? 0o100644 : 0o100755
      },
    },
    files,
  )
}

function filesIn(folder: string, from = folder): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return NOT_GIVEN_OUT.test(entry.name) ? [] : filesIn(path, from)
    return entry.isFile() ? [relative(from, path)] : []
  })
}

function run(command: string, args: string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 500_000_000 })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
  return stdout
}

/** Builds from the last commit in a folder of its own, packs it, and gives the archive's SHA-256. */
async function makeArchive(out: string): Promise<{ file: string; sha256: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-release-'))
  try {
    const atS = Number(run('git', ['log', '-1', '--format=%ct'], ROOT))
    run('sh', ['-c', 'git archive HEAD | tar -x -C "$0"', folder], ROOT)
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    for (const build of BUILDS) run('npm', ['run', '-s', build], folder)
    writeFileSync(join(folder, 'sbom.cdx.json'), makeSbom(folder, atS))
    rmSync(join(folder, 'node_modules'))
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
    mkdirSync(out, { recursive: true })
    const file = join(out, `nrt-${version}.tar.gz`)
    await packFolder(folder, `nrt-${version}`, file, atS)
    const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex')
    writeFileSync(`${file}.sha256`, `${sha256}  nrt-${version}.tar.gz\n`)
    return { file, sha256 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  const first = await makeArchive(join(ROOT, 'dist/release'))
  console.log(`${first.sha256}  ${first.file}`)
  if (process.argv.includes('--twice')) {
    const again = mkdtempSync(join(tmpdir(), 'nrt-release-again-'))
    const second = await makeArchive(again)
    rmSync(again, { recursive: true, force: true })
    console.log(second.sha256 === first.sha256 ? 'the same bytes twice' : `NOT the same: ${second.sha256}`)
    process.exitCode = second.sha256 === first.sha256 ? 0 : 1
  }
}
