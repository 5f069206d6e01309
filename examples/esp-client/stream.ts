// The stream: one MQTT connection for all permissions. User name is the ESP's id, password an access token; a connection that ends (a permission was revoked,
// an hour is over) is made again with a fresh one. QoS 1: what was not confirmed comes again, so a document may come twice; its id says so.

import mqtt from 'mqtt'
import type { Document } from './pull.ts'
import type { Settings } from './settings.ts'

const AGAIN_AFTER_MS = 1000
const IDS_KEPT = 10_000

/** Returns how to end it. */
export function readStream(
  { broker, key, tls }: Settings,
  token: () => Promise<string>,
  take: (document: Document) => void,
): () => Promise<void> {
  const seen = new Set<string>()
  let client: mqtt.MqttClient | undefined
  let isOver = false
  void connect()

  async function connect(): Promise<void> {
    if (isOver) return
    try {
      const password = await token()
      client = mqtt.connect(broker, { clientId: 'example', username: key.espId, password, reconnectPeriod: 0, ...tls })
      client.on('connect', () => client?.subscribe(`esp/1/${key.espId}/+/json`, { qos: 1 }))
      client.on('message', (_topic, payload) => {
        const document = JSON.parse(payload.toString()) as Document
        if (isNew(document.id)) take(document)
      })
      client.on('error', error => console.error(`stream: ${error.message}`))
      client.on('close', () => {
        if (!isOver) console.log('connection: ended, and made again')
        setTimeout(connect, AGAIN_AFTER_MS)
      })
    } catch (error) {
      console.error(`stream: ${(error as Error).message}`)
      setTimeout(connect, AGAIN_AFTER_MS)
    }
  }

  function isNew(id: string): boolean {
    if (seen.has(id)) return false
    seen.add(id)
    if (seen.size > IDS_KEPT) seen.delete(seen.values().next().value as string)
    return true
  }

  return async () => {
    isOver = true
    await client?.endAsync(true)
  }
}
