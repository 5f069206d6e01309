// The gateway's settings: one table with the names, schemas and defaults. It reads what it is given and never process.env by itself.

import Type from 'typebox'
import Value from 'typebox/value'
import { failed, ok, type Result } from '../shared/kernel/result.ts'
import {
  allFaults,
  allowedBy,
  incomplete,
  KeyText,
  readPartly,
  type SettingFault,
  type SettingsOf,
  type SettingTexts,
  secret,
  setting,
} from '../shared/schema/settings.ts'

const Port = Type.Integer({ minimum: 0, maximum: 65535, description: 'a port, 0 … 65535 (0 = any free one)' })
const Pem = Type.String({ minLength: 1, description: 'a PEM file' })
const Text = (description: string) => Type.String({ minLength: 1, description })
const whole = (minimum: number, maximum: number, description: string) =>
  Type.Integer({ minimum, maximum, description: `${description}, ${minimum} … ${maximum}` })

export const GATEWAY_SETTINGS = {
  host: setting('NRT_MQTT_HOST', Text('an address to listen on'), '127.0.0.1'),
  mqttPort: setting('NRT_MQTT_PORT', Port, 1883),
  tlsPort: setting('NRT_MQTT_TLS_PORT', Port, undefined),
  /** TLS that asks for a certificate, for ESPs' streams; with the same two files. */
  streamTlsPort: setting('NRT_STREAM_TLS_PORT', Port, undefined),
  tlsCertFile: setting('NRT_MQTT_TLS_CERT_FILE', Pem, undefined),
  tlsKeyFile: setting('NRT_MQTT_TLS_KEY_FILE', Pem, undefined),
  /** UDP, for dongles that ask whether anybody is there; absent: the numbers of the MQTT ports, with the embedded broker. */
  probePort: setting('NRT_PROBE_PORT', Port, undefined),
  /** An MQTT 5 broker instead of the embedded one. */
  brokerUrl: setting(
    'NRT_BROKER_URL',
    Type.String({ pattern: '^(mqtt|mqtts)://[^ ]+$', description: 'mqtt://… or mqtts://…' }),
    undefined,
  ),
  brokerUser: setting('NRT_BROKER_USER', Text('a user name'), undefined),
  brokerPassword: secret('NRT_BROKER_PASSWORD', Text('a password')),
  /** Group of the shared subscription. Who knows it could take messages away from the gateways, where a broker lets anybody subscribe. */
  brokerGroup: secret(
    'NRT_BROKER_GROUP',
    Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$', description: '1 to 64 letters, digits, _ or -' }),
  ),
  /** Opens the hooks by which a broker asks who may connect; absent: there are none. */
  brokerHookKey: secret('NRT_BROKER_HOOK_KEY', KeyText),
  /** Probes, metrics and hooks on an own HTTP port; absent: the caller serves them. */
  httpPort: setting('NRT_GATEWAY_HTTP_PORT', Port, undefined),
  intervalS: setting('NRT_INTERVAL_S', whole(1, 900, 'seconds between batches'), 10),
  connectionsMax: setting('NRT_CONNECTIONS_MAX', whole(1, 1_000_000, 'connections'), 12_000),
  strangersMax: setting('NRT_STRANGERS_MAX', whole(1, 1_000_000, 'connections that are not authenticated yet'), 1_000),
  connectTimeoutMs: setting('NRT_CONNECT_TIMEOUT_MS', whole(100, 120_000, 'milliseconds'), 15_000),
  connectsPerSecond: setting(
    'NRT_CONNECTS_PER_S',
    whole(1, 1_000_000, 'new connections a second from one address'),
    50,
  ),
  connectsBurst: setting('NRT_CONNECTS_BURST', whole(1, 1_000_000, 'new connections at once from one address'), 200),
  /** Of all addresses together from which no dongle has proven itself: a TLS handshake costs the gateway about a millisecond. */
  strangerConnectsPerSecond: setting(
    'NRT_STRANGER_CONNECTS_PER_S',
    whole(1, 1_000_000, 'new connections a second from addresses that no dongle has come from'),
    200,
  ),
  strangerConnectsBurst: setting(
    'NRT_STRANGER_CONNECTS_BURST',
    whole(1, 1_000_000, 'new connections at once from addresses that no dongle has come from'),
    400,
  ),
  /** A token for each read, packet and kilobyte, and what message-limit.ts adds: a batch costs six. The engine on an ESP32 makes 3 to 7 batches a second. */
  messagesPerSecond: setting('NRT_DONGLE_MESSAGES_PER_S', whole(1, 1_000_000, 'tokens a second of one dongle'), 50),
  messagesBurst: setting('NRT_DONGLE_MESSAGES_BURST', whole(10, 1_000_000, 'tokens at once of one dongle'), 200),
  guestMessagesPerSecond: setting(
    'NRT_GUEST_MESSAGES_PER_S',
    whole(1, 1_000_000, 'tokens a second of one client of an ESP'),
    1000,
  ),
  guestMessagesBurst: setting(
    'NRT_GUEST_MESSAGES_BURST',
    whole(10, 1_000_000, 'tokens at once of one client of an ESP'),
    2000,
  ),
  packetBytesMax: setting('NRT_PACKET_BYTES_MAX', whole(20_000, 1_000_000, 'bytes of one MQTT packet'), 65_536),
  keepaliveMaxS: setting('NRT_KEEPALIVE_MAX_S', whole(10, 65_535, 'seconds of MQTT keep-alive'), 1_200),
  unreadBytesMax: setting(
    'NRT_UNREAD_BYTES_MAX',
    whole(4_096, 16_777_216, 'bytes waiting for a dongle that does not read'),
    65_536,
  ),
  dongleBatchesMax: setting(
    'NRT_DONGLE_BATCHES_MAX',
    whole(1, 1_000, 'batches of one dongle waiting for a commit'),
    16,
  ),
  dongleBytesMax: setting(
    'NRT_DONGLE_BYTES_MAX',
    whole(65_536, 64_000_000, 'bytes of one dongle waiting for a commit'),
    1_000_000,
  ),
  queueBatchesMax: setting('NRT_QUEUE_BATCHES_MAX', whole(1, 1_000_000, 'batches waiting for a commit'), 20_000),
  queueBytesMax: setting(
    'NRT_QUEUE_BYTES_MAX',
    whole(1_000_000, 4_000_000_000, 'bytes waiting for a commit'),
    64_000_000,
  ),
  groupBatchesMax: setting('NRT_GROUP_BATCHES_MAX', whole(1, 10_000, 'batches in one commit'), 1_000),
  groupBytesMax: setting('NRT_GROUP_BYTES_MAX', whole(65_536, 256_000_000, 'bytes in one commit'), 8_000_000),
  retryFirstMs: setting(
    'NRT_RETRY_FIRST_MS',
    whole(1, 60_000, 'milliseconds before a failed commit is tried again'),
    100,
  ),
  // whoever came back is noticed so late; a try of all lanes is a request or two
  retryMostMs: setting('NRT_RETRY_MOST_MS', whole(1, 600_000, 'milliseconds between tries at most'), 2_000),
  stopTimeoutMs: setting(
    'NRT_STOP_TIMEOUT_MS',
    whole(100, 120_000, 'milliseconds that a stop waits for the running commit'),
    10_000,
  ),
}

export type GatewayConfig = SettingsOf<typeof GATEWAY_SETTINGS>

/** Settings from texts by their names in the table above; every wrong value is named, not only the first. */
export function readGatewayConfig(texts: SettingTexts): Result<GatewayConfig, SettingFault[]> {
  const { values, faults: wrong } = readPartly(GATEWAY_SETTINGS, texts)
  const unfit: SettingFault[] = []
  const { tlsPort, streamTlsPort } = GATEWAY_SETTINGS
  const wanting = values.tlsPort !== undefined ? tlsPort : streamTlsPort
  if (values.tlsPort !== undefined || values.streamTlsPort !== undefined) {
    for (const key of ['tlsCertFile', 'tlsKeyFile'] as const) {
      const { name } = GATEWAY_SETTINGS[key]
      if (values[key] === undefined) unfit.push(incomplete(name, 'a PEM file', `${wanting.name} needs it`))
    }
  }
  if (values.brokerHookKey !== undefined && values.httpPort === undefined) {
    unfit.push(incomplete('NRT_GATEWAY_HTTP_PORT', allowedBy(Port), 'NRT_BROKER_HOOK_KEY opens hooks there'))
  }
  const faults = allFaults(wrong, unfit)
  return faults.length > 0 ? failed(faults) : ok(values as GatewayConfig)
}

/** The standard settings with `changes`, for who composes a gateway in code. Wrong values are a programmer's error and throw. @public */
export function gatewayConfig(changes: Partial<GatewayConfig> = {}): GatewayConfig {
  for (const [key, value] of Object.entries(changes)) {
    const { name, schema } = GATEWAY_SETTINGS[key as keyof typeof GATEWAY_SETTINGS]
    if (value !== undefined && !Value.Check(schema, value)) throw new Error(`gateway settings: ${name} is wrong`)
  }
  const standard = readGatewayConfig({})
  if (!standard.ok) throw new Error('the standard settings must be valid')
  return { ...standard.value, ...changes }
}
