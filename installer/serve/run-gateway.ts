// A gateway as a process of its own: composed of the gateway's room and the link to a backend elsewhere.

import { randomInt } from 'node:crypto'
import type { Logger } from 'pino'
import { Registry } from 'prom-client'
import { watchProcess } from '../../backend/supervision/process.ts'
import { readGatewayConfig } from '../../gateway/config.ts'
import { readGatewayLinkConfig } from '../../gateway/link/config.ts'
import { openBackendLink } from '../../gateway/link/link.ts'
import { startGateway } from '../../gateway/main.ts'
import type { SettingTexts } from '../../shared/schema/settings.ts'
import { systemClock } from './clock.ts'
import { loadTracing } from './load-tracing.ts'
import { programVersion, right, type Served } from './serve.ts'

export async function runGateway(texts: SettingTexts, log: Logger): Promise<Served> {
  const config = right(readGatewayConfig(texts))
  const link = openBackendLink({
    ...right(readGatewayLinkConfig(texts)),
    ...{ program: programVersion(), clock: systemClock, log },
    chance: () => randomInt(1_000_000) / 1_000_000,
  })
  const tracing = await loadTracing(texts, 'nrt-gateway')
  const registry = new Registry()
  watchProcess(registry, systemClock)
  try {
    const { ingest, directory, book, updates, clock } = link
    const ports = { ingest, directory, book, updates, watchBackend: link.watch }
    const gateway = await startGateway({ ...ports, config, log, registry, clock, tracing })
    link.attachCommands(gateway.commands)
    const { port, tlsPort, httpPort } = gateway
    const where = config.brokerUrl === undefined ? `dongles connect to port ${port}` : 'subscribes at its broker'
    return {
      sentence: `gateway ${programVersion()}: ${where}`,
      ready: { mqttPort: port, tlsPort, gatewayHttpPort: httpPort },
      async stop() {
        await gateway.stop()
        await link.stop()
        await tracing?.close()
      },
    }
  } catch (error) {
    await link.stop()
    throw error
  }
}
