// A backend as a process of its own: REST, live events and portal, and the link for gateways elsewhere.

import type { Logger } from 'pino'
import { Gauge, Registry } from 'prom-client'
import { readBackendConfig } from '../../backend/config.ts'
import { readBackendLinkConfig } from '../../backend/link/config.ts'
import { openLinkServer } from '../../backend/link/server.ts'
import { openBackend } from '../../backend/main.ts'
import { watchProcess } from '../../backend/supervision/process.ts'
import type { SettingTexts } from '../../shared/schema/settings.ts'
import { systemClock } from './clock.ts'
import { loadTracing } from './load-tracing.ts'
import { programVersion, right, type Served } from './serve.ts'

export async function runBackend(texts: SettingTexts, log: Logger): Promise<Served> {
  const config = right(readBackendConfig(texts))
  const registry = new Registry()
  watchProcess(registry, systemClock)
  const tracing = await loadTracing(texts, 'nrt-backend')
  const backend = await openBackend({ config, log, registry, clock: systemClock, tracing })
  try {
    const link = await openLinkServer({
      ...right(readBackendLinkConfig(texts)),
      ...{ program: programVersion(), ports: backend, clock: systemClock, log },
    })
    backend.attachCommands(link.commands)
    registerGauge(registry, link.gateways)
    const { httpPort, espTlsPort } = await backend.listen()
    return {
      sentence: `backend ${programVersion()}: page at http://${config.host}:${httpPort}, gateways at port ${link.port}`,
      ready: { httpPort, espTlsPort, linkPort: link.port },
      /** Gateways first: what they have sent is still stored and answered. */
      async stop() {
        await link.close()
        await backend.stop()
        await tracing?.close()
      },
    }
  } catch (error) {
    await backend.stop()
    throw error
  }
}

function registerGauge(registry: Registry, gateways: () => number): void {
  new Gauge({
    name: 'nrt_linked_gateways',
    help: 'Gateways that are linked with this backend',
    registers: [registry],
    collect() {
      this.set(gateways())
    },
  })
}
