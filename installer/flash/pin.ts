// `nrt flash --pin`: vouches for the engine's files that lie there. They are checked as for a dongle, what they are is shown, and their SHA-256
// goes into the flash configuration, where nobody's hash stands yet. One that stands there is never replaced.

import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { phrase } from '../text/say.ts'
import { readEngineFiles, readFlashConfig } from './config.ts'
import type { Show } from './show.ts'
import { Trouble } from './trouble.ts'

/** Throws Trouble; then the file is as it was. */
export function pinEngine(configPath: string, show: Show): void {
  const config = readFlashConfig(configPath)
  const parts = readEngineFiles(config, configPath)
  let text = readFileSync(configPath, 'utf8')
  for (const [i, { what, path, sha256 }] of config.engine.images.entries()) {
    const found = createHash('sha256')
      .update(parts[i]?.data as Uint8Array)
      .digest('hex')
    if (sha256 === null) text = withHash(text, path, found)
    show.done('pin', sha256 === null ? `${what}: ${found}` : phrase('pin.was', { what, sha256: found }), {
      what,
      path,
      sha256: found,
    })
  }
  const { engine } = JSON.parse(text) as typeof config
  if (engine.images.some(image => image.sha256 === null)) {
    throw new Trouble('config.unreadable', { path: configPath, why: phrase('why.no-place-for-hash') })
  }
  writeFileSync(configPath, text)
  const { name, version } = config.engine
  show.done('pin', phrase('pin.done', { name, version, path: configPath }), { version })
}

/** In the file as people wrote it: only the null behind this path changes. */
function withHash(text: string, path: string, sha256: string): string {
  const place = new RegExp(`("path":\\s*${escaped(JSON.stringify(path))}[^{}]*"sha256":\\s*)null`)
  return text.replace(place, `$1"${sha256}"`)
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
