// The backend's settings: one table with the names, schemas and defaults, and what is derived from them. It reads what it is given and never
// process.env by itself.

import type { BlockList } from 'node:net'
import { join } from 'node:path'
import Type from 'typebox'
import { failed, ok, type Result } from '../shared/kernel/result.ts'
import {
  allFaults,
  allowedBy,
  incomplete,
  KeyText,
  readPartly,
  readSettings,
  type SettingFault,
  type SettingsOf,
  type SettingTexts,
  secret,
  setting,
  wrongValue,
} from '../shared/schema/settings.ts'
import { readProxies } from './access/shown-certificate.ts'
import type { OidcConfig } from './sign-in/relying-party.ts'

export interface BackendConfig {
  /** Holds the database and, unless NRT_KEK is set, the key-encryption key. */
  dataDir: string
  host: string
  /** 0 takes a free port. */
  port: number
  /** 64 hexadecimal digits; else `kekFile` is read, or made beside a new database. */
  kek?: string
  kekFile: string
  /** Of what every tenure's data key is wrapped with; made with a new database, changed by an erasure. */
  keyTreeFile: string
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
  /** An identity service of somebody else's; absent: the embedded one. */
  oidc?: OidcConfig
  /** PostgreSQL, as postgres://USER:PASSWORD@HOST:PORT/NAME; absent: a SQLite file in dataDir. */
  databaseUrl?: string
  /** Bound of the database file; absent: the disk. */
  storeBytesMax?: number
  /** Backups are made in folders of this one; absent: nobody may have one made. */
  backupDir?: string
  /** How old what is told of the fleet may be. */
  figuresMaxAgeMs: number
  /** The built portal; served if it is there. */
  portalDir: string
  /** The page that makes dongles; served at /flash/ if it is there. */
  flashPageDir: string
  /** Webhooks may go to this machine and its network, over http: for a sandbox. */
  mayWebhooksBePrivate: boolean
  /** A TLS listener of our own that asks ESPs' machines for their certificate; absent: none. */
  espTls?: { port: number; certFile: string; keyFile: string }
  /** Where machines with a certificate come, where that is another address than the public one. */
  espTlsUrl?: string
  /** Whose word about a client's certificate is taken, in the header of that name; absent: nobody's. */
  trustedProxies?: BlockList
  certificateHeader: string
  liveStreamsMax: number
  liveQualityEveryMs: number
  liveAskEveryMs: number
}

const whole = (minimum: number, maximum: number, what: string) =>
  Type.Integer({ minimum, maximum, description: `${what}, ${minimum} … ${maximum}` })
const Text = (description: string) => Type.String({ minLength: 1, description })
const Url = Type.String({ pattern: '^https?://[^\\s/]+$', description: 'like https://nrt.example, without a path' })
const RegisterUrl = Type.String({ minLength: 1, description: 'an https address' })
const Kek = Type.String({ pattern: '^[0-9a-fA-F]{64}$', description: '64 hexadecimal digits (32 bytes)' })

const Proxies = Type.String({
  minLength: 1,
  description: 'addresses or networks with commas between, like 127.0.0.1,10.0.0.0/8',
})

const DatabaseUrl = Type.String({
  pattern: '^postgres(ql)?://[^\\s/]+/[^\\s/]+$',
  description: 'like postgres://USER:PASSWORD@HOST:5432/NAME',
})

export const BACKEND_SETTINGS = {
  dataDir: setting('NRT_DATA_DIR', Text('a directory'), 'data'),
  // Loopback by default: whoever opens it to the world puts TLS in front.
  host: setting('NRT_HTTP_HOST', Text('an address to listen on, such as 127.0.0.1'), '127.0.0.1'),
  port: setting('NRT_HTTP_PORT', whole(0, 65_535, 'a port'), 8080),
  kek: secret('NRT_KEK', Kek),
  kekFile: setting('NRT_KEK_FILE', Text('a file'), undefined),
  keyTreeFile: setting('NRT_KEY_TREE_FILE', Text('a file'), undefined),
  operatorKey: secret('NRT_OPERATOR_KEY', KeyText),
  registerReaderKey: secret('NRT_REGISTER_READER_KEY', KeyText),
  registerUrl: setting('NRT_REGISTER_URL', RegisterUrl, undefined),
  registerKey: secret('NRT_REGISTER_KEY', KeyText),
  tendEveryS: setting('NRT_TEND_EVERY_S', whole(1, 3600, 'seconds'), 5),
  releaseKeysFile: setting('NRT_RELEASE_KEYS_FILE', Text('a file'), undefined),
  releaseThreshold: setting('NRT_RELEASE_THRESHOLD', whole(1, 16, 'signatures'), 2),
  ddiGatewayToken: secret('NRT_DDI_GATEWAY_TOKEN', KeyText),
  ddiPollS: setting('NRT_DDI_POLL_S', whole(10, 86_399, 'seconds'), 300),
  publicUrl: setting('NRT_PUBLIC_URL', Url, undefined),
  oidcIssuer: setting('NRT_OIDC_ISSUER', RegisterUrl, undefined),
  oidcClientId: setting('NRT_OIDC_CLIENT_ID', Text('a text'), undefined),
  oidcClientSecret: secret('NRT_OIDC_CLIENT_SECRET', Text('a text')),
  oidcScope: setting('NRT_OIDC_SCOPE', Text('a text'), 'openid profile'),
  oidcHolderClaim: setting('NRT_OIDC_HOLDER_CLAIM', Text('a text'), undefined),
  databaseUrl: secret('NRT_DATABASE_URL', DatabaseUrl),
  storeMaxMb: setting('NRT_STORE_MAX_MB', whole(1, 100_000_000, 'megabytes'), undefined),
  backupDir: setting('NRT_BACKUP_DIR', Text('a directory'), undefined),
  flashPageDir: setting(
    'NRT_FLASH_PAGE_DIR',
    Text('a directory'),
    join(import.meta.dirname, '..', 'dist', 'flash-page'),
  ),
  portalDir: setting('NRT_PORTAL_DIR', Text('a directory'), join(import.meta.dirname, '..', 'dist', 'portal')),
  webhookPrivate: setting(
    'NRT_WEBHOOK_PRIVATE',
    whole(0, 1, '1: webhooks may go to private addresses, for a sandbox'),
    0,
  ),
  espTlsPort: setting('NRT_ESP_TLS_PORT', whole(0, 65_535, 'a port (0 = any free one)'), undefined),
  espTlsCertFile: setting('NRT_ESP_TLS_CERT_FILE', Text('a PEM file'), undefined),
  espTlsKeyFile: setting('NRT_ESP_TLS_KEY_FILE', Text('a PEM file'), undefined),
  espTlsUrl: setting('NRT_ESP_TLS_URL', Url, undefined),
  trustedProxies: setting('NRT_TRUSTED_PROXIES', Proxies, undefined),
  certificateHeader: setting(
    'NRT_CERTIFICATE_HEADER',
    Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$', description: 'the name of a header' }),
    'client-cert',
  ),
  liveStreamsMax: setting('NRT_LIVE_STREAMS_MAX', whole(1, 100_000, 'live streams'), 500),
}

type Settings = SettingsOf<typeof BACKEND_SETTINGS>

/** Settings from texts by their names in the table above; every wrong value is named, not only the first. */
export function readBackendConfig(texts: SettingTexts): Result<BackendConfig, SettingFault[]> {
  const { values, faults: wrong } = readPartly(BACKEND_SETTINGS, texts)
  const unfit = [faultsOfRegister, faultsOfDatabase, faultsOfOidc, faultsOfEspTls].flatMap(faultsOf => faultsOf(values))
  const faults = allFaults(wrong, unfit)
  if (faults.length > 0) return failed(faults)
  const { kekFile, keyTreeFile, registerUrl, registerKey, tendEveryS, storeMaxMb, webhookPrivate, ...rest } =
    values as Settings
  const { oidcIssuer, oidcClientId, oidcClientSecret, oidcScope, oidcHolderClaim, ...others } = rest
  const { espTlsPort, espTlsCertFile, espTlsKeyFile, trustedProxies, ...same } = others
  return ok({
    ...same,
    kekFile: kekFile ?? join(same.dataDir, 'kek.key'),
    keyTreeFile: keyTreeFile ?? join(same.dataDir, 'tenures.tree'),
    tendEveryMs: tendEveryS * 1000,
    storeBytesMax: storeMaxMb === undefined ? undefined : storeMaxMb * 1_048_576,
    register:
      registerUrl === undefined || registerKey === undefined
        ? undefined
        : { baseUrl: registerUrl.replace(/\/+$/, ''), key: registerKey },
    mayWebhooksBePrivate: webhookPrivate === 1,
    oidc:
      oidcIssuer === undefined || oidcClientId === undefined
        ? undefined
        : {
            ...{ issuer: oidcIssuer, clientId: oidcClientId, clientSecret: oidcClientSecret },
            ...{ scope: oidcScope, holderClaim: oidcHolderClaim },
          },
    espTls:
      espTlsPort === undefined || espTlsCertFile === undefined || espTlsKeyFile === undefined
        ? undefined
        : { port: espTlsPort, certFile: espTlsCertFile, keyFile: espTlsKeyFile },
    trustedProxies: trustedProxies === undefined ? undefined : readProxies(trustedProxies),
    updatesLookEveryMs: 5000,
    figuresMaxAgeMs: 30_000,
    liveQualityEveryMs: 5000,
    liveAskEveryMs: 60_000,
  })
}

function faultsOfRegister({ registerUrl, registerKey }: Partial<Settings>): SettingFault[] {
  if (registerUrl === undefined && registerKey === undefined) return []
  const { registerUrl: url, registerKey: key } = BACKEND_SETTINGS
  const faults: SettingFault[] = []
  if (registerUrl === undefined) faults.push(incomplete(url.name, allowedBy(url.schema), `${key.name} needs it`))
  else if (!isSafe(registerUrl)) faults.push(wrongValue(url.name, registerUrl, allowedBy(url.schema)))
  if (registerKey === undefined) faults.push(incomplete(key.name, allowedBy(key.schema), `${url.name} needs it`))
  return faults
}

function faultsOfDatabase({ databaseUrl, storeMaxMb }: Partial<Settings>): SettingFault[] {
  if (databaseUrl === undefined) return []
  const { databaseUrl: url, storeMaxMb: bound } = BACKEND_SETTINGS
  const read = readDatabaseUrl({ [url.name]: databaseUrl })
  const faults = read.ok ? [] : read.fault
  if (storeMaxMb !== undefined) {
    faults.push(wrongValue(bound.name, String(storeMaxMb), `absent with ${url.name}: it bounds a SQLite file`))
  }
  return faults
}

function faultsOfOidc({ oidcIssuer, oidcClientId }: Partial<Settings>): SettingFault[] {
  if (oidcIssuer === undefined && oidcClientId === undefined) return []
  const { oidcIssuer: issuer, oidcClientId: clientId } = BACKEND_SETTINGS
  if (oidcIssuer === undefined) return [incomplete(issuer.name, allowedBy(issuer.schema), `${clientId.name} needs it`)]
  if (!isSafe(oidcIssuer)) return [wrongValue(issuer.name, oidcIssuer, allowedBy(issuer.schema))]
  if (oidcClientId !== undefined) return []
  return [incomplete(clientId.name, allowedBy(clientId.schema), `${issuer.name} needs it`)]
}

function faultsOfEspTls({
  espTlsPort,
  espTlsCertFile,
  espTlsKeyFile,
  trustedProxies,
}: Partial<Settings>): SettingFault[] {
  const { espTlsPort: port, espTlsCertFile: cert, espTlsKeyFile: key, trustedProxies: proxies } = BACKEND_SETTINGS
  const faults: SettingFault[] = []
  if (espTlsPort !== undefined) {
    for (const [file, { name }] of [[espTlsCertFile, cert] as const, [espTlsKeyFile, key] as const]) {
      if (file === undefined) faults.push(incomplete(name, 'a PEM file', `${port.name} needs it`))
    }
  }
  if (trustedProxies !== undefined && readProxies(trustedProxies) === undefined) {
    faults.push(wrongValue(proxies.name, trustedProxies, allowedBy(proxies.schema)))
  }
  return faults
}

/** NRT_DATABASE_URL alone, for commands that work on the database without a backend; undefined where it is not set. */
export function readDatabaseUrl(texts: SettingTexts): Result<string | undefined, SettingFault[]> {
  const { databaseUrl } = BACKEND_SETTINGS
  const read = readSettings({ databaseUrl }, texts)
  if (!read.ok) return read
  const url = read.value.databaseUrl
  if (url === undefined || URL.canParse(url)) return ok(url)
  return failed([wrongValue(databaseUrl.name, null, allowedBy(databaseUrl.schema))])
}

/** EANs and who holds them travel to the register: in the open to this machine at most. */
function isSafe(address: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : undefined
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && /^(127\.|localhost$|\[::1\]$)/.test(url.hostname))
}
