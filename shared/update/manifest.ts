// What a release is, in the bytes that its publishers sign and that a dongle obeys under a MAC of its own: which program, for which
// board, engine and map of the flash, how long, with which hash, and below which version nobody goes any more. It knows no keys.

import {
  createReader,
  createWriter,
  writeBytes,
  writeMapHead,
  writeText,
  writeUint,
  writtenBytes,
} from '../batch/cbor.ts'
import { assert } from '../kernel/assert.ts'
import { UINT32_MAX } from '../session/messages.ts'
import { readValues } from './messages.ts'

export const MANIFEST_FORMAT = 1
export const MANIFEST_BYTES_MAX = 192
export const SHA256_BYTES = 32
/** The longest program: 24 sectors of a slot. */
export const PROGRAM_BYTES_MAX = 98304

export interface Manifest {
  /** What people call the release, ASCII, 1 … 32 characters. */
  release: string
  /** Rises from release to release, 1 … 2^32-1. The dongle knows programs by it. */
  version: number
  /** As in flash.config.json: ESP32. */
  board: string
  /** The engine's own version, as its process.version says it: 2v29.277. */
  engine: string
  /** Which partition of the flash the program uses (FLASH_MAP in firmware/config.ts). */
  map: number
  /** Of the program, 1 … PROGRAM_BYTES_MAX. */
  bytes: number
  /** Of the program, SHA256_BYTES. */
  sha256: Uint8Array
  /** Once the program is good, nothing below this version is taken any more; at most `version`. */
  floor: number
}

/** What a publisher's Ed25519 key signs: these bytes, then the manifest. */
export const RELEASE_SIGNED_PREFIX = 'nrt/release|1|'

/** One manifest, one form: keys ascending, shortest heads. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  assert(manifest.sha256.length === SHA256_BYTES, 'a SHA-256 has 32 bytes')
  assert(manifest.floor <= manifest.version, 'a release is not below its own floor')
  const writer = createWriter(MANIFEST_BYTES_MAX)
  writeMapHead(writer, 9)
  writeUint(writer, 0)
  writeUint(writer, MANIFEST_FORMAT)
  writeUint(writer, 1)
  writeText(writer, manifest.release)
  writeUint(writer, 2)
  writeUint(writer, manifest.version)
  writeUint(writer, 3)
  writeText(writer, manifest.board)
  writeUint(writer, 4)
  writeText(writer, manifest.engine)
  writeUint(writer, 5)
  writeUint(writer, manifest.map)
  writeUint(writer, 6)
  writeUint(writer, manifest.bytes)
  writeUint(writer, 7)
  writeBytes(writer, manifest.sha256)
  writeUint(writer, 8)
  writeUint(writer, manifest.floor)
  return writtenBytes(writer)
}

/** Undefined for anything that is not exactly a manifest of this format; never throws. Whether it fits a dongle is the dongle's to say. `sha256` is a view. */
export function decodeManifest(bytes: Uint8Array): Manifest | undefined {
  const values = readValues(createReader(bytes), 9, 26, 128)
  if (!values || values[0] !== MANIFEST_FORMAT) return undefined
  const manifest: Manifest = {
    release: values[1] as string,
    version: values[2] as number,
    board: values[3] as string,
    engine: values[4] as string,
    map: values[5] as number,
    bytes: values[6] as number,
    sha256: values[7] as Uint8Array,
    floor: values[8] as number,
  }
  const version = manifest.version
  const isRight = manifest.sha256.length === SHA256_BYTES && version > 0 && version <= UINT32_MAX
  return isRight && manifest.floor <= version ? manifest : undefined
}
