// `npm start`: gateway, broker, backend and portal in one process, until it is told to stop. Settings come from NRT_… variables
// and a file (docs/operating.md); a wrong one ends the start with a sentence each.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { loadSettings } from '../installer/serve/settings.ts'
import { readPlatformConfig, startPlatform } from './platform.ts'

const { texts, faults, warnings } = loadSettings('start', process.env)
for (const { sentence } of [...warnings, ...faults]) console.error(`nrt: ${sentence}`)
const config = readPlatformConfig(texts)
if (faults.length > 0 || !config.ok) process.exit(2)
const { portalDir } = config.value.backend
// a server that finds its page built starts without loading a bundler
if (!existsSync(join(portalDir, 'index.html')))
  await import('./build-portal.ts').then(({ buildPortal }) => buildPortal())

const log = pino({ level: texts.NRT_LOG_LEVEL ?? 'info' })
try {
  const platform = await startPlatform(config.value, log)
  const address = `http://${config.value.backend.host}:${platform.httpPort}`
  if (process.env.NRT_NO_FIRST_ACCOUNT === undefined && (await platform.backend.isNew())) {
    const { accountId, accessKey } = await platform.backend.openAccount('first account')
    console.log(
      `nrt: this is a new database. Its first account is ${accountId}; its page, with the key that opens it (shown only now):`,
    )
    console.log(`     ${address}/?key=${accessKey}`)
    console.log(`     Add a household: npm run enrol -- --account ${accountId} --ean <18 digits> --out dongle.json`)
  } else console.log(`nrt: page at ${address}`)
  const { port: mqttPort, tlsPort, streamTlsPort } = platform.gateway
  const { httpPort, espTlsPort } = platform
  process.send?.({ kind: 'ready', httpPort, espTlsPort, mqttPort, tlsPort, streamTlsPort })

  let isStopping = false
  const stop = (): void => {
    if (isStopping) process.exit(1)
    isStopping = true
    void platform.stop().then(() => process.exit(0))
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  process.on('disconnect', stop)
} catch (error) {
  console.error(`nrt: ${(error as Error).message}`)
  process.exit(1)
}
