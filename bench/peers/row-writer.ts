// The peers a user would wire up instead: MQTT.js -> PostgreSQL, one row per reading. `row` inserts and commits each reading
// before it takes the next; `buffer` collects 1,000 rows and writes them with one UNNEST, as Telegraf-like collectors do.
// Runs as a process of its own: `node bench/peers/row-writer.ts MODE MQTT_PORT PG_PORT`; answers 'count' over IPC.

import { connectAsync } from 'mqtt'
import pg from 'pg'

const [mode, mqttPort, pgPort] = process.argv.slice(2) as [string, string, string]
const FIELDS = ['o1', 'o2', 'i1', 'i2', 'po', 'pi', 'tariff', 'u1', 'u2', 'u3', 'c1', 'c2', 'c3'] as const
type JsonReading = { dongle: string; t: number } & Record<(typeof FIELDS)[number], number>

const client = new pg.Client({ host: '127.0.0.1', port: Number(pgPort), user: 'postgres', database: 'postgres' })
await client.connect()
await client.query(
  `CREATE TABLE IF NOT EXISTS reading (dongle text, t bigint, ${FIELDS.map(f => `${f} int`).join(', ')}, PRIMARY KEY (dongle, t))`,
)
const placeholders = FIELDS.map((_, i) => `$${i + 3}`).join(', ')
const insertRow = {
  name: 'row',
  text: `INSERT INTO reading (dongle, t, ${FIELDS.join(', ')}) VALUES ($1, $2, ${placeholders}) ON CONFLICT DO NOTHING`,
}
const unnest = ['$1::text[]', '$2::bigint[]', ...FIELDS.map((_, i) => `$${i + 3}::int[]`)].join(', ')
const insertMany = {
  name: 'many',
  text: `INSERT INTO reading (dongle, t, ${FIELDS.join(', ')}) SELECT * FROM UNNEST(${unnest}) ON CONFLICT DO NOTHING`,
}

let durable = 0
const valuesOf = (reading: JsonReading): unknown[] => [reading.dongle, reading.t, ...FIELDS.map(f => reading[f])]

const waiting: JsonReading[] = []
let isFlushing = false
async function flushFullThousands(): Promise<void> {
  if (isFlushing) return
  isFlushing = true
  while (waiting.length >= 1000) {
    const rows = waiting.splice(0, 1000)
    const columns = [rows.map(r => r.dongle), rows.map(r => r.t), ...FIELDS.map(f => rows.map(r => r[f]))]
    // what is new: a row that was there already is not counted
    durable += (await client.query({ ...insertMany, values: columns })).rowCount ?? 0
  }
  isFlushing = false
}

const broker = await connectAsync({ host: '127.0.0.1', port: Number(mqttPort), clientId: 'row-writer' })
if (mode === 'row') {
  // MQTT.js acknowledges a message when `done` is called and hands out one at a time: committed before acknowledged.
  broker.handleMessage = (packet, done) => {
    const reading = JSON.parse(packet.payload.toString()) as JsonReading
    client.query({ ...insertRow, values: valuesOf(reading) }).then(({ rowCount }) => {
      durable += rowCount ?? 0
      done()
    }, done)
  }
} else {
  broker.on('message', (_topic, payload) => {
    waiting.push(JSON.parse(payload.toString()) as JsonReading)
    void flushFullThousands()
  })
}
await broker.subscribeAsync('reading/+', { qos: 1 })
process.on('message', () => process.send?.(durable))
process.send?.('ready')
