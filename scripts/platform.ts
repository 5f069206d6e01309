// Gateway, embedded broker, backend and portal in one process: the composition behind `npm start`, the end-to-end tests and the
// benchmarks. Gateway and backend meet here, and only at their ports.

import { pino } from 'pino'
import { Registry } from 'prom-client'
import { type BackendConfig, readBackendConfig } from '../backend/config.ts'
import { type Backend, type BackendPorts, openBackend } from '../backend/main.ts'
import { watchProcess } from '../backend/supervision/process.ts'
import { type GatewayConfig, readGatewayConfig } from '../gateway/config.ts'
import { type Gateway, startGateway } from '../gateway/main.ts'
import { systemClock } from '../installer/serve/clock.ts'
import type { TracingConfig } from '../installer/serve/tracing.ts'
import { failed, ok, type Result } from '../shared/kernel/result.ts'
import { PROCESS_SETTINGS } from '../shared/schema/process-settings.ts'
import { readSettings } from '../shared/schema/settings.ts'

export { systemClock }

export interface PlatformConfig {
  backend: BackendConfig
  gateway: GatewayConfig
  /** Absent: no batch is followed. */
  tracing?: TracingConfig
}

/** Where page and REST listen, and what they do for machines with a certificate. */
export interface Platform extends BackendPorts {
  backend: Backend
  gateway: Gateway
  /** Gateway first, so that what it has taken is still stored and acknowledged. */
  stop(): Promise<void>
}

/** Both halves' settings, or one sentence per wrong value. */
export function readPlatformConfig(environment: NodeJS.ProcessEnv): Result<PlatformConfig, string[]> {
  const backend = readBackendConfig(environment)
  const gateway = readGatewayConfig(environment)
  const process = readSettings(PROCESS_SETTINGS, environment)
  const sentences = [
    ...(backend.ok ? [] : backend.fault.map(fault => fault.sentence)),
    ...(gateway.ok ? [] : gateway.fault.map(fault => fault.sentence)),
    ...(process.ok ? [] : process.fault.map(fault => fault.sentence)),
  ]
  if (!backend.ok || !gateway.ok || !process.ok) return failed(sentences)
  const { traceUrl: url, tracePermille: permille } = process.value
  const tracing = url === undefined ? undefined : { url, permille, service: 'nrt' as const }
  return ok({ backend: backend.value, gateway: gateway.value, tracing })
}

/** Throws what opening the store and listening throw: a wrong key, a port in use. */
export async function startPlatform(config: PlatformConfig, log = pino()): Promise<Platform> {
  const registry = new Registry()
  watchProcess(registry, systemClock)
  // Loaded only where it is asked for: it is the largest of all that runs.
  const tracing = config.tracing && (await import('../installer/serve/tracing.ts')).openTracing(config.tracing)
  const backend = await openBackend({ config: config.backend, log, registry, clock: systemClock, tracing })
  let gateway: Gateway | undefined
  let ports: BackendPorts
  try {
    const { ingest, directory, book, updates } = backend
    gateway = await startGateway({
      ingest,
      directory,
      book,
      updates,
      config: config.gateway,
      log,
      registry,
      clock: systemClock,
      tracing,
      streams: backend.streams.policy,
    })
    backend.attachCommands(gateway.commands)
    if (gateway.streamDoor !== undefined) backend.streams.attachDoor(gateway.streamDoor)
    ports = await backend.listen()
  } catch (error) {
    await gateway?.stop()
    await backend.stop()
    throw error
  }
  const started = gateway
  return {
    backend,
    gateway: started,
    ...ports,
    async stop() {
      await started.stop()
      await backend.stop()
      await tracing?.close()
    },
  }
}
