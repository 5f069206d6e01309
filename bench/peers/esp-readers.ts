// A hundred ESPs as a process of their own: each reads its stream at QoS 1 and confirms. Asked for 'count' it answers how many readings have come; asked for
// 'times' how long each of the newest took, from the number of milliseconds that stands in a reading's injectionW. Arguments: port, how many.

import { connectAsync } from 'mqtt'

const [port, count] = process.argv.slice(2).map(Number) as [number, number]
const WRAPS_AT = 1_000_000
let readings = 0
let times: number[] = []

for (let number = 0; number < count; number++) {
  const espId = `esp_${number}`
  const client = await connectAsync({
    ...{
      host: '127.0.0.1',
      port,
      clientId: `reader-${number}`,
      username: espId,
      password: `token of ${espId}`,
      reconnectPeriod: 0,
    },
  })
  client.on('message', (_topic, payload) => {
    const document = JSON.parse(payload.toString()) as { readings: { injectionW?: number }[] }
    readings += document.readings.length
    const sentMs = document.readings.at(-1)?.injectionW
    if (sentMs !== undefined) times.push((Date.now() - sentMs + WRAPS_AT * 10_000_000) % WRAPS_AT)
  })
  await client.subscribeAsync(`esp/1/${espId}/+/json`, { qos: 1 })
}
process.on('message', question => {
  if (question === 'count') process.send?.(readings)
  else {
    process.send?.(times)
    times = []
  }
})
process.send?.('ready')
