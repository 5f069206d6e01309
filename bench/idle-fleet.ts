// Dongles that are connected and have nothing to say, as a process of its own: `node bench/idle-fleet.ts TLS_PORT FIRST COUNT [GROUPS]`. Each is
// through TLS, MQTT, hello and challenge when it says 'ready' over IPC; then they stay. GROUPS: the key exchanges that they offer.

import { openPatiently } from './load-dongle.ts'

const [port, first, count] = process.argv.slice(2, 5).map(Number) as [number, number, number]
const groups = process.argv[5]
/** Handshakes under way at a time. */
const AT_A_TIME = 25

process.on('disconnect', () => process.exit(0))
for (let i = 0; i < count; i += AT_A_TIME) {
  const group = Array.from({ length: Math.min(AT_A_TIME, count - i) }, (_, k) => first + i + k)
  for (const { socket } of await Promise.all(group.map(number => openPatiently(number, { port, isTls: true, groups }))))
    socket.once('close', () => process.send?.('lost'))
}
process.send?.('ready')
