import { expect, test } from 'vitest'
import { gatewayConfig, readGatewayConfig } from '../../../gateway/config.ts'

test('an empty environment gives the standard settings: loopback, no TLS, embedded broker', () => {
  const config = readGatewayConfig({})
  expect(config).toMatchObject({ ok: true, value: { host: '127.0.0.1', mqttPort: 1883, intervalS: 10 } })
  expect(config.ok && config.value.tlsPort).toBeUndefined()
  expect(config.ok && config.value.brokerUrl).toBeUndefined()
})

test('numbers come as numbers', () => {
  const config = readGatewayConfig({ NRT_MQTT_PORT: '0', NRT_CONNECTS_PER_S: '2000' })
  expect(config).toMatchObject({ ok: true, value: { mqttPort: 0, connectsPerSecond: 2000 } })
})

test('every wrong value gets a sentence that names it and says what it must be', () => {
  const config = readGatewayConfig({ NRT_MQTT_PORT: '70000', NRT_INTERVAL_S: 'ten', NRT_BROKER_URL: 'http://x' })
  expect(config.ok).toBe(false)
  expect(config.ok ? [] : config.fault.map(fault => fault.sentence)).toEqual([
    'NRT_MQTT_PORT must be a port, 0 … 65535 (0 = any free one), not "70000".',
    'NRT_BROKER_URL must be mqtt://… or mqtts://…, not "http://x".',
    'NRT_INTERVAL_S must be seconds between batches, 1 … 900, not "ten".',
  ])
})

test('a fraction is not a whole number', () => {
  expect(readGatewayConfig({ NRT_INTERVAL_S: '1.5' }).ok).toBe(false)
})

test('TLS without certificate or key is said, not started without', () => {
  const config = readGatewayConfig({ NRT_MQTT_TLS_PORT: '8883', NRT_MQTT_TLS_KEY_FILE: 'key.pem' })
  expect(config.ok ? [] : config.fault).toEqual([
    {
      code: 'config.incomplete',
      name: 'NRT_MQTT_TLS_CERT_FILE',
      found: null,
      allowed: 'a PEM file',
      sentence: 'NRT_MQTT_TLS_CERT_FILE is missing: NRT_MQTT_TLS_PORT needs it.',
    },
  ])
})

test('composition cannot slip in a wrong value', () => {
  expect(() => gatewayConfig({ intervalS: 0 })).toThrow(/gateway settings/)
  expect(gatewayConfig({ intervalS: 1 }).intervalS).toBe(1)
})
