// The gateway's settings: one table of environment names, one schema, one sentence per wrong value. Only this file knows the
// environment's names; it reads what it is given and never process.env by itself.

import Type, { type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import Value from 'typebox/value'
import { failed, ok, type Result } from '../shared/kernel/result.ts'

const Port = Type.Integer({ minimum: 0, maximum: 65535, description: 'a port, 0 … 65535 (0 = any free one)' })
const whole = (minimum: number, maximum: number, description: string) =>
  Type.Integer({ minimum, maximum, description: `${description}, ${minimum} … ${maximum}` })

const Settings = Type.Object({
  host: Type.String({ minLength: 1, description: 'an address to listen on' }),
  mqttPort: Port,
  tlsPort: Type.Optional(Port),
  tlsCertFile: Type.Optional(Type.String({ minLength: 1, description: 'a PEM file' })),
  tlsKeyFile: Type.Optional(Type.String({ minLength: 1, description: 'a PEM file' })),
  /** UDP, for dongles that ask whether anybody is there; absent: the numbers of the MQTT ports, with the embedded broker. */
  probePort: Type.Optional(Port),
  /** An MQTT 5 broker instead of the embedded one. */
  brokerUrl: Type.Optional(Type.String({ pattern: '^(mqtt|mqtts)://[^ ]+$', description: 'mqtt://… or mqtts://…' })),
  brokerUser: Type.Optional(Type.String({ minLength: 1, description: 'a user name' })),
  brokerPassword: Type.Optional(Type.String({ minLength: 1, description: 'a password' })),
  /** Probes and metrics on an own HTTP port; absent: the caller serves them. */
  httpPort: Type.Optional(Port),
  intervalS: whole(1, 900, 'seconds between batches'),
  connectionsMax: whole(1, 1_000_000, 'connections'),
  strangersMax: whole(1, 1_000_000, 'connections that are not authenticated yet'),
  connectTimeoutMs: whole(100, 120_000, 'milliseconds'),
  connectsPerSecond: whole(1, 1_000_000, 'new connections a second from one address'),
  connectsBurst: whole(1, 1_000_000, 'new connections at once from one address'),
  packetBytesMax: whole(20_000, 1_000_000, 'bytes of one MQTT packet'),
  keepaliveMaxS: whole(10, 65_535, 'seconds of MQTT keep-alive'),
  unreadBytesMax: whole(4_096, 16_777_216, 'bytes waiting for a dongle that does not read'),
  dongleBatchesMax: whole(1, 1_000, 'batches of one dongle waiting for a commit'),
  dongleBytesMax: whole(65_536, 64_000_000, 'bytes of one dongle waiting for a commit'),
  queueBatchesMax: whole(1, 1_000_000, 'batches waiting for a commit'),
  queueBytesMax: whole(1_000_000, 4_000_000_000, 'bytes waiting for a commit'),
  groupBatchesMax: whole(1, 10_000, 'batches in one commit'),
  groupBytesMax: whole(65_536, 256_000_000, 'bytes in one commit'),
  retryFirstMs: whole(1, 60_000, 'milliseconds before a failed commit is tried again'),
  retryMostMs: whole(1, 600_000, 'milliseconds between tries at most'),
  stopTimeoutMs: whole(100, 120_000, 'milliseconds that a stop waits for the running commit'),
})

export type GatewayConfig = Type.Static<typeof Settings>

export interface ConfigFault {
  code: 'config.wrong-value' | 'config.incomplete'
  name: string
  sentence: string
}

/** Environment name and default of every setting. A default of undefined means: may be absent. */
const TABLE: { [key in keyof Required<GatewayConfig>]: [name: string, standard: GatewayConfig[key]] } = {
  host: ['NRT_MQTT_HOST', '127.0.0.1'],
  mqttPort: ['NRT_MQTT_PORT', 1883],
  tlsPort: ['NRT_MQTT_TLS_PORT', undefined],
  tlsCertFile: ['NRT_MQTT_TLS_CERT_FILE', undefined],
  tlsKeyFile: ['NRT_MQTT_TLS_KEY_FILE', undefined],
  probePort: ['NRT_PROBE_PORT', undefined],
  brokerUrl: ['NRT_BROKER_URL', undefined],
  brokerUser: ['NRT_BROKER_USER', undefined],
  brokerPassword: ['NRT_BROKER_PASSWORD', undefined],
  httpPort: ['NRT_GATEWAY_HTTP_PORT', undefined],
  intervalS: ['NRT_INTERVAL_S', 10],
  connectionsMax: ['NRT_CONNECTIONS_MAX', 12_000],
  strangersMax: ['NRT_STRANGERS_MAX', 1_000],
  connectTimeoutMs: ['NRT_CONNECT_TIMEOUT_MS', 15_000],
  connectsPerSecond: ['NRT_CONNECTS_PER_S', 50],
  connectsBurst: ['NRT_CONNECTS_BURST', 200],
  packetBytesMax: ['NRT_PACKET_BYTES_MAX', 65_536],
  keepaliveMaxS: ['NRT_KEEPALIVE_MAX_S', 1_200],
  unreadBytesMax: ['NRT_UNREAD_BYTES_MAX', 65_536],
  dongleBatchesMax: ['NRT_DONGLE_BATCHES_MAX', 16],
  dongleBytesMax: ['NRT_DONGLE_BYTES_MAX', 1_000_000],
  queueBatchesMax: ['NRT_QUEUE_BATCHES_MAX', 20_000],
  queueBytesMax: ['NRT_QUEUE_BYTES_MAX', 64_000_000],
  groupBatchesMax: ['NRT_GROUP_BATCHES_MAX', 1_000],
  groupBytesMax: ['NRT_GROUP_BYTES_MAX', 8_000_000],
  retryFirstMs: ['NRT_RETRY_FIRST_MS', 100],
  retryMostMs: ['NRT_RETRY_MOST_MS', 10_000],
  stopTimeoutMs: ['NRT_STOP_TIMEOUT_MS', 10_000],
}

const KEYS = Object.keys(TABLE) as (keyof GatewayConfig)[]
const check = Compile(Settings)

/** Settings from an environment (names in the table above); every wrong value is named, not only the first. */
export function readGatewayConfig(environment: {
  [name: string]: string | undefined
}): Result<GatewayConfig, ConfigFault[]> {
  const config: { [key: string]: unknown } = {}
  const faults: ConfigFault[] = []
  for (const key of KEYS) {
    const [name, standard] = TABLE[key]
    const text = environment[name]
    if (text === undefined || text === '') {
      if (standard !== undefined) config[key] = standard
      continue
    }
    const schema: TSchema = Settings.properties[key]
    const value = settingOf(schema, text)
    if (Value.Check(schema, value)) config[key] = value
    else faults.push(wrongValue(name, text, schema))
  }
  if (faults.length > 0) return failed(faults)
  return checkTogether(config)
}

/** The standard settings with `changes`, for who composes a gateway in code. Wrong values are a programmer's error and throw. @public */
export function gatewayConfig(changes: Partial<GatewayConfig> = {}): GatewayConfig {
  const standard = readGatewayConfig({})
  if (!standard.ok) throw new Error('the standard settings must be valid')
  const config = { ...standard.value, ...changes }
  if (!check.Check(config)) throw new Error(`gateway settings: ${JSON.stringify(check.Errors(config)[0])}`)
  return config
}

function checkTogether(config: { [key: string]: unknown }): Result<GatewayConfig, ConfigFault[]> {
  const faults: ConfigFault[] = []
  if (config.tlsPort !== undefined) {
    for (const key of ['tlsCertFile', 'tlsKeyFile'] as const) {
      const name = TABLE[key][0]
      if (config[key] === undefined) faults.push(incomplete(name, `${name} is missing: NRT_MQTT_TLS_PORT needs it.`))
    }
  }
  if (!check.Check(config)) faults.push(incomplete('NRT_…', 'The settings do not fit together.'))
  return faults.length > 0 ? failed(faults) : ok(config as GatewayConfig)
}

/** Whole numbers by their digits only: a conversion that rounds "1.5" or takes "1e3" would hide a mistake. */
function settingOf(schema: TSchema, text: string): unknown {
  const isNumber = (schema as { type?: string }).type === 'integer'
  return isNumber && /^\d{1,15}$/.test(text) ? Number(text) : text
}

function wrongValue(name: string, text: string, schema: TSchema): ConfigFault {
  const wanted = (schema as { description?: string }).description ?? 'something else'
  const shown = /PASSWORD/.test(name) ? 'what it is' : JSON.stringify(text)
  return { code: 'config.wrong-value', name, sentence: `${name} must be ${wanted}, not ${shown}.` }
}

function incomplete(name: string, sentence: string): ConfigFault {
  return { code: 'config.incomplete', name, sentence }
}
