// `npm run sandbox -- [--points 3]`: a platform on this machine with simulated metering points that send each second, and an ESP that may read them: prints
// the command that starts the example client. Everything is gone when it ends; "revoke" and Enter takes the first permission back.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { readPlatformConfig, startPlatform } from './platform.ts'
import { openSandboxWorld } from './sandbox-world.ts'

const { values } = parseArgs({ options: { points: { type: 'string', default: '3' } } })
const points = Number(values.points)
if (!Number.isInteger(points) || points < 1 || points > 90) {
  console.error('sandbox: --points is a whole number, 1 to 90')
  process.exit(2)
}
const folder = mkdtempSync(join(tmpdir(), 'nrt-sandbox-'))
const config = readPlatformConfig({
  ...{ NRT_DATA_DIR: folder, NRT_HTTP_PORT: '0', NRT_MQTT_PORT: '0', NRT_WEBHOOK_PRIVATE: '1', ...process.env },
  // its household signs in at the platform's own identity service
  ...{ NRT_OIDC_ISSUER: undefined, NRT_PUBLIC_URL: undefined },
})
if (!config.ok) {
  for (const sentence of config.fault) console.error(`sandbox: ${sentence}`)
  process.exit(2)
}
const platform = await startPlatform(config.value, pino({ level: 'warn' }))
const world = await openSandboxWorld(platform, points)
const keyFile = join(folder, 'esp-key.json')
writeFileSync(keyFile, JSON.stringify(world.key), { mode: 0o600 })
const sending = setInterval(() => void world.send(1).catch(error => console.error(`sandbox: ${error.message}`)), 1000)

console.log(`sandbox: ${points} metering points send each second; the ESP is ${world.espId}. In another terminal:`)
console.log(
  `  node examples/esp-client/main.ts --server http://127.0.0.1:${platform.httpPort} --broker mqtt://127.0.0.1:${platform.gateway.port} --key ${keyFile} --hook 0`,
)
console.log('sandbox: type "revoke" and Enter to take the first permission back, Ctrl-C to end.')

const lines = createInterface({ input: process.stdin })
lines.on('line', line => {
  const permissionId = world.permissionIds[0]
  if (line.trim() !== 'revoke' || permissionId === undefined) return
  world.permissionIds.shift()
  world.revoke(permissionId).then(
    () => console.log(`sandbox: ${permissionId} is revoked`),
    error => console.error(`sandbox: ${error.message}`),
  )
})
process.once('SIGINT', () => {
  clearInterval(sending)
  lines.close()
  world.stop()
  void platform.stop().then(() => {
    rmSync(folder, { recursive: true, force: true })
    process.exit(0)
  })
})
