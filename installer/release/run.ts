// What `nrt release …` does once its command line was understood. Exit code 0 is yes, 1 no, 2 a question that could not be asked.

import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import {
  manifestOf,
  publicKeyLine,
  type ReleaseFault,
  readReleaseFile,
  readTrust,
  releaseFileOf,
  type SignedRelease,
  signersOf,
} from '../../shared/schema/release.ts'
import type { ReleaseView } from '../../shared/schema/update.ts'
import { type Manifest, PROGRAM_BYTES_MAX } from '../../shared/update/manifest.ts'
import { readFlashConfig } from '../flash/config.ts'
import { askOperator, listOfOperator, print } from '../operator-rest.ts'
import { Refusal } from '../refusal.ts'
import { newSigner, openSigner, signRelease, verifyEd25519 } from './keys.ts'
import { makeRelease } from './make.ts'

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()

export interface KeygenOptions {
  name: string
  out: string
  passphraseFile?: string
  /** commander's word for --no-passphrase */
  passphrase: boolean
}

export function keygen({ name, out, passphraseFile, passphrase }: KeygenOptions): number {
  const secret = passphraseOf(passphraseFile)
  if (secret === undefined && passphrase) {
    throw new Refusal('key.unguarded')
  }
  const signer = newSigner(name, secret)
  writeNew(`${out}.key`, signer.privatePem, 0o600)
  writeNew(`${out}.pub`, `${publicKeyLine(signer.publicKey)}\n`, 0o644)
  print(`key ${signer.publicKey.keyId} of ${name}: ${out}.key is private, ${out}.pub may be known`)
  return 0
}

export interface MakeOptions {
  name: string
  version: string
  floor?: string
  config: string
  out: string
  json?: boolean
}

export function make(bundle: string, options: MakeOptions): number {
  const version = wholeNumber('--version', options.version)
  const floor = options.floor === undefined ? 1 : wholeNumber('--floor', options.floor)
  if (floor > version) throw new Refusal('floor.high')
  if (!/^[!-~]{1,32}$/.test(options.name)) throw new Refusal('name.malformed')
  const program = new Uint8Array(readFileSync(bundle))
  if (program.length === 0 || program.length > PROGRAM_BYTES_MAX) {
    throw new Refusal('program.size', { path: bundle, bytes: program.length, bytesMax: PROGRAM_BYTES_MAX })
  }
  const release = makeRelease(program, readFlashConfig(options.config), { name: options.name, version, floor })
  writeNew(options.out, textOf(release), 0o644)
  return tell(release, options.json === true)
}

export interface SignOptions {
  key: string
  passphraseFile?: string
  json?: boolean
}

export function signFile(path: string, { key, passphraseFile, json }: SignOptions): number {
  const release = readRelease(path)
  const signer = openSigner(readFileSync(key, 'utf8'), passphraseOf(passphraseFile))
  if (signer === undefined) throw new Refusal('key.unopened', { path: key })
  // Nobody signs what is not what it says.
  manifestOrRefuse(release)
  const signed = signRelease(release, signer)
  writeFileSync(path, textOf(signed))
  return tell(signed, json === true)
}

export interface VerifyOptions {
  keys: string
  threshold: string
  json?: boolean
}

export function verifyFile(path: string, { keys, threshold, json }: VerifyOptions): number {
  const trust = readTrust(readFileSync(keys, 'utf8'), wholeNumber('--threshold', threshold))
  if (!trust.ok) throw new Refusal('keys.unusable', { path: keys, why: trust.fault.code })
  const release = readRelease(path)
  const manifest = manifestOrRefuse(release)
  const signers = signersOf(release, trust.value, verifyEd25519)
  if (!signers.ok) throw refusalOf(signers.fault)
  const names = signers.value.map(keyId => trust.value.keys.find(one => one.keyId === keyId)?.name ?? keyId)
  if (json === true) print(JSON.stringify({ isTrusted: true, ...factsOf(release, manifest), signedBy: names }))
  else print(`${manifest.release} (version ${manifest.version}) is signed by ${names.join(', ')}`)
  return 0
}

export function showFile(path: string, { json }: { json?: boolean }): number {
  return tell(readRelease(path), json === true)
}

export async function upload(path: string, { json }: { json?: boolean }): Promise<number> {
  const taken = await askOperator<ReleaseView>('POST', '/releases', releaseFileOf(readRelease(path)))
  print(json === true ? JSON.stringify(taken) : `taken: ${taken.name}, version ${taken.version}`)
  return 0
}

export async function list({ json }: { json?: boolean }): Promise<number> {
  for await (const one of listOfOperator<ReleaseView>('/releases')) {
    const words = `${String(one.version).padStart(6)}  ${one.name.padEnd(16)} ${one.bytes} bytes, signed by ${one.signers.length}`
    print(json === true ? JSON.stringify(one) : words)
  }
  return 0
}

function readRelease(path: string): SignedRelease {
  const read = readReleaseFile(readFileSync(path, 'utf8'))
  if (!read.ok) throw refusalOf(read.fault, path)
  return read.value
}

function manifestOrRefuse(release: SignedRelease): Manifest {
  const manifest = manifestOf(release, sha256)
  if (!manifest.ok) throw refusalOf(manifest.fault)
  return manifest.value
}

function refusalOf({ code, ...facts }: ReleaseFault, path?: string): Refusal {
  return new Refusal(code, facts, path)
}

function tell(release: SignedRelease, isJson: boolean): number {
  const facts = factsOf(release, manifestOrRefuse(release))
  if (isJson) print(JSON.stringify(facts))
  else
    for (const [name, value] of Object.entries(facts))
      print(`${name.padEnd(10)} ${Array.isArray(value) ? value.join(' ') : value}`)
  return 0
}

function factsOf({ signatures }: SignedRelease, { release, sha256: hash, ...rest }: Manifest) {
  return {
    name: release,
    ...rest,
    sha256: Buffer.from(hash).toString('hex'),
    signatures: signatures.map(one => one.keyId),
  }
}

function textOf(release: SignedRelease): string {
  return `${JSON.stringify(releaseFileOf(release), undefined, 1)}\n`
}

function writeNew(path: string, text: string, mode: number): void {
  if (existsSync(path)) throw new Refusal('file.exists', { path })
  writeFileSync(path, text, { mode, flag: 'wx' })
}

function passphraseOf(file: string | undefined): string | undefined {
  if (file !== undefined) return readFileSync(file, 'utf8').split(/\r?\n/, 1)[0]
  return process.env.NRT_RELEASE_PASSPHRASE
}

function wholeNumber(option: string, text: string): number {
  const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : 0
  if (value < 1 || value > 4_294_967_295) throw new Refusal('number.malformed', { option, text })
  return value
}
