// The backend's settings from the environment, each with its bounds. Every wrong value is named in one go, before anything is opened.

import { join } from 'node:path'
import { failed, ok, type Result } from '../shared/kernel/result.ts'

export interface BackendConfig {
  /** Holds the database and, unless NRT_KEK is set, the key-encryption key. */
  dataDir: string
  host: string
  /** 0 takes a free port. */
  port: number
  /** 64 hexadecimal digits; else `kekFile` is read, or made beside a new database. */
  kek?: string
  kekFile: string
  /** The access register of somebody else; absent: the embedded one. */
  register?: { baseUrl: string; key: string }
  /** How often the access register's feed is read and what waits is looked at. */
  tendEveryMs: number
  /** Opens the operator's routes; absent: nobody may. */
  operatorKey?: string
  /** Reads the access register and opens nothing else: for a platform that follows it. */
  registerReaderKey?: string
  /** Public keys of release signers, and how many of them must have signed; absent: no release is taken. */
  releaseKeysFile?: string
  releaseThreshold: number
  /** Opens hawkBit's interface for all dongles, to a gateway that has proved them itself; absent: target tokens only. */
  ddiGatewayToken?: string
  /** Seconds between two polls of a client of hawkBit's interface. */
  ddiPollS: number
  /** Where the world reaches this server, such as https://nrt.example; absent: where a client says it asks. */
  publicUrl?: string
  /** How often rollouts are looked at. */
  updatesLookEveryMs: number
  /** Bound of the database file; absent: the disk. */
  storeBytesMax?: number
  /** The built portal; served if it is there. */
  portalDir: string
  /** The page that makes dongles; served at /flash/ if it is there. */
  flashPageDir: string
  liveStreamsMax: number
  liveQualityEveryMs: number
  liveAskEveryMs: number
}

/** `message` is for a person at a terminal and names the variable, never its value if that may be a secret. */
export interface ConfigFault {
  code: 'config.invalid'
  variable: string
  message: string
}

export function readBackendConfig(env: { [name: string]: string | undefined }): Result<BackendConfig, ConfigFault[]> {
  const faults: ConfigFault[] = []
  const dataDir = env.NRT_DATA_DIR ?? 'data'
  const megabytes = env.NRT_STORE_MAX_MB === undefined ? undefined : wholeNumber('NRT_STORE_MAX_MB', 1, 100_000_000, 0)
  const config: BackendConfig = {
    dataDir,
    // Loopback by default: whoever opens it to the world puts TLS in front.
    host: env.NRT_HTTP_HOST ?? '127.0.0.1',
    port: wholeNumber('NRT_HTTP_PORT', 0, 65_535, 8080),
    kek: kek(),
    kekFile: env.NRT_KEK_FILE ?? join(dataDir, 'kek.key'),
    operatorKey: secret('NRT_OPERATOR_KEY'),
    registerReaderKey: secret('NRT_REGISTER_READER_KEY'),
    releaseKeysFile: env.NRT_RELEASE_KEYS_FILE,
    releaseThreshold: wholeNumber('NRT_RELEASE_THRESHOLD', 1, 16, 2),
    ddiGatewayToken: secret('NRT_DDI_GATEWAY_TOKEN'),
    ddiPollS: wholeNumber('NRT_DDI_POLL_S', 10, 86_399, 300),
    publicUrl: publicUrl(),
    updatesLookEveryMs: 5000,
    register: register(),
    tendEveryMs: wholeNumber('NRT_TEND_EVERY_S', 1, 3600, 5) * 1000,
    storeBytesMax: megabytes === undefined ? undefined : megabytes * 1_048_576,
    flashPageDir: env.NRT_FLASH_PAGE_DIR ?? join(import.meta.dirname, '..', 'dist', 'flash-page'),
    portalDir: env.NRT_PORTAL_DIR ?? join(import.meta.dirname, '..', 'dist', 'portal'),
    liveStreamsMax: wholeNumber('NRT_LIVE_STREAMS_MAX', 1, 100_000, 500),
    liveQualityEveryMs: 5000,
    liveAskEveryMs: 60_000,
  }
  if (dataDir === '') faults.push(fault('NRT_DATA_DIR', 'must name a directory'))
  if (config.host === '') faults.push(fault('NRT_HTTP_HOST', 'must be an address to listen on, such as 127.0.0.1'))
  return faults.length === 0 ? ok(config) : failed(faults)

  function wholeNumber(variable: string, min: number, max: number, absent: number): number {
    const text = env[variable]
    if (text === undefined) return absent
    const value = /^[0-9]{1,12}$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    faults.push(fault(variable, `must be a whole number from ${min} to ${max}, not "${text}"`))
    return absent
  }

  function publicUrl(): string | undefined {
    const url = env.NRT_PUBLIC_URL
    if (url === undefined || /^https?:\/\/[^\s/]+$/.test(url)) return url
    faults.push(fault('NRT_PUBLIC_URL', `must be like https://nrt.example, without a path, not "${url}"`))
    return undefined
  }

  function secret(variable: string): string | undefined {
    const key = env[variable]
    if (key === undefined || /^[!-~]{24,200}$/.test(key)) return key
    faults.push(fault(variable, 'must be 24 to 200 printable characters without spaces'))
    return undefined
  }

  function register(): BackendConfig['register'] {
    const { NRT_REGISTER_URL: baseUrl, NRT_REGISTER_KEY: key } = env
    if (baseUrl === undefined && key === undefined) return undefined
    const url = baseUrl !== undefined && URL.canParse(baseUrl) ? new URL(baseUrl) : undefined
    // EANs and who holds them travel here: in the open to this machine at most.
    const isSafe =
      url?.protocol === 'https:' || (url?.protocol === 'http:' && /^(127\.|localhost$|\[::1\]$)/.test(url.hostname))
    if (baseUrl === undefined || !isSafe) faults.push(fault('NRT_REGISTER_URL', 'must be an https address'))
    if (key === undefined || !/^[!-~]{24,200}$/.test(key)) {
      faults.push(fault('NRT_REGISTER_KEY', 'must be 24 to 200 printable characters without spaces'))
    }
    return { baseUrl: (baseUrl ?? '').replace(/\/+$/, ''), key: key ?? '' }
  }

  function kek(): string | undefined {
    if (env.NRT_KEK === undefined || /^[0-9a-fA-F]{64}$/.test(env.NRT_KEK)) return env.NRT_KEK
    faults.push(fault('NRT_KEK', 'must be 64 hexadecimal digits (32 bytes)'))
    return undefined
  }
}

function fault(variable: string, sentence: string): ConfigFault {
  return { code: 'config.invalid', variable, message: `${variable} ${sentence}` }
}
