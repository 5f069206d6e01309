// `npm run sbom`: what runs, as CycloneDX 1.5 (JSON): npm's own list of what is installed at the operator, the engine that the dongle's
// program runs on, and that program. The same commit gives the same bytes: time is the commit's, the serial number follows from the content.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')

interface Component {
  'bom-ref': string
  properties?: { name: string }[]
}
type NewComponent = Component & { [name: string]: unknown }

interface Bom {
  serialNumber: string
  metadata: { timestamp: string; component: { name: string; 'bom-ref': string } }
  components: Component[]
  dependencies: { ref: string; dependsOn: string[] }[]
}

const DEVELOPMENT = 'cdx:npm:package:development'

/** `root` holds the lock file, flash.config.json and, if it was built, the program. Throws with npm's words. */
export function makeSbom(root: string, atS: number): string {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--sbom-type', 'application']
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 100_000_000 })
  if (status !== 0) throw new Error(`npm sbom: ${stderr.trim()}`)
  const bom = JSON.parse(stdout) as Bom
  // npm names the folder that it runs in
  bom.metadata.component.name = 'nrt'
  bom.metadata.timestamp = new Date(atS * 1000).toISOString()
  // Its own --omit dev leaves out what is needed at the operator and by a tool here too, such as esbuild: the marks of the full list are right.
  const parts = bom.components.filter(part => !part.properties?.some(({ name }) => name === DEVELOPMENT))
  const refs = new Set([bom.metadata.component['bom-ref'], ...parts.map(part => part['bom-ref'])])
  bom.dependencies = bom.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(one => refs.has(one)) }))
  bom.components = [...parts, ...dongleComponents(root)]
  bom.serialNumber = `urn:uuid:${uuidOf(JSON.stringify(bom.components))}`
  return `${JSON.stringify(bom, undefined, 2)}\n`
}

function dongleComponents(root: string): NewComponent[] {
  const { engine, program } = JSON.parse(readFileSync(join(root, 'flash.config.json'), 'utf8')) as {
    engine: { name: string; version: string; commit: string }
    program: { version: number }
  }
  const bundle = join(root, 'dist/firmware/nrt.js')
  return [
    {
      'bom-ref': `engine@${engine.version}`,
      type: 'firmware',
      name: engine.name,
      version: engine.version,
      purl: `pkg:github/espruino/espruino@${engine.commit}`,
      description:
        'the interpreter on the ESP32, in the build that its makers publish: ESP-IDF 3 with its own mbedTLS and lwIP inside',
      licenses: [{ license: { id: 'MPL-2.0' } }],
    },
    {
      'bom-ref': `dongle-program@${program.version}`,
      type: 'firmware',
      name: 'nrt dongle program',
      version: String(program.version),
      licenses: [{ license: { id: 'Apache-2.0' } }],
      ...(existsSync(bundle) ? { hashes: [{ alg: 'SHA-256', content: sha256(readFileSync(bundle)) }] } : {}),
    },
  ]
}

function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** In the form of a UUID of version 8 (RFC 9562, section 5.8): its bits are the content's. */
function uuidOf(content: string): string {
  const hex = sha256(content)
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

if (import.meta.main) {
  const file = join(ROOT, 'dist/sbom.cdx.json')
  const committedS = Number(spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: ROOT, encoding: 'utf8' }).stdout)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, makeSbom(ROOT, committedS))
  console.log(file)
}
