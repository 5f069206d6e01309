// A release out of a program: the manifest says what it is and for what, and nothing else about it can be said later.

import { createHash } from 'node:crypto'
import type { FlashConfig } from '../../shared/schema/flash-config.ts'
import type { SignedRelease } from '../../shared/schema/release.ts'
import { encodeManifest } from '../../shared/update/manifest.ts'

export interface ReleaseWish {
  name: string
  version: number
  floor: number
}

/** Unsigned. `program` is what the build wrote, at most PROGRAM_BYTES_MAX bytes; floor at most version. */
export function makeRelease(
  program: Uint8Array,
  config: FlashConfig,
  { name, version, floor }: ReleaseWish,
): SignedRelease {
  const manifest = encodeManifest({
    release: name,
    version,
    board: config.board,
    engine: config.engine.version,
    map: config.flash.map,
    bytes: program.length,
    sha256: new Uint8Array(createHash('sha256').update(program).digest()),
    floor,
  })
  return { manifest, program, signatures: [] }
}
