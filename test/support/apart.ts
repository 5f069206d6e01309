// The platform apart: backends, gateways and mosquitto, each a process of its own, which a test may kill and start again. Several backends need
// PostgreSQL.

import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../scripts/free-port.ts'
import { enrolFleet } from './fleet.ts'
import { end, openConfig, startMosquitto } from './mosquitto.ts'
import { NO_RATES_ENVIRONMENT } from './no-rates.ts'

const MAIN = fileURLToPath(new URL('../../installer/main.ts', import.meta.url))

export interface Apart {
  readonly parts: string[]
  readonly brokerPort: number
  readonly httpPort: number
  /** Of every backend; the first is httpPort. */
  readonly httpPorts: number[]
  /** Opens the metering points of the fleet. */
  readonly accessKey: string
  /** Where gateways have probes and metrics, as they run now. */
  gatewayHttpPorts(): number[]
  /** Where dongles connect, one a gateway; none with a broker. */
  mqttPorts(): number[]
  processOf(part: string): ChildProcess | undefined
  /** kill -9; resolves when it is dead. */
  kill(part: string): Promise<void>
  start(part: string): Promise<void>
  stop(): Promise<void>
}

export interface ApartSetup {
  dongleCount: number
  gatewayCount: number
  /** One unless it is said; more of them need NRT_DATABASE_URL in `settings`. */
  backendCount?: number
  /** Dongles connect to gateways themselves: there is no broker. */
  hasListeners?: boolean
  sinceS: number
  settings?: { [name: string]: string }
}

/** Dongles 0 … `dongleCount` are enrolled since `sinceS`. `brokerConfig` makes mosquitto's configuration of its port; open by default. */
export async function startApart(
  wish: ApartSetup,
  brokerConfig: (port: number, folder: string) => string = openConfig,
): Promise<Apart> {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-apart-'))
  const brokerPort = await freePort()
  const backends = Array.from({ length: wish.backendCount ?? 1 }, (_, i) => (i === 0 ? 'backend' : `backend ${i + 1}`))
  const ports = new Map<string, { http: number; link: number }>()
  for (const backend of backends) ports.set(backend, { http: await freePort(), link: await freePort() })
  const httpPorts = [...ports.values()].map(({ http }) => http)
  const environment = {
    ...process.env,
    NRT_DATA_DIR: folder,
    NRT_BACKEND: [...ports.values()].map(({ link }) => `127.0.0.1:${link}`).join(),
    NRT_LINK_KEY: randomBytes(32).toString('base64'),
    ...(wish.hasListeners ? { NRT_MQTT_PORT: '0' } : { NRT_BROKER_URL: `mqtt://127.0.0.1:${brokerPort}` }),
    NRT_GATEWAY_HTTP_PORT: '0',
    NRT_LOG_LEVEL: 'fatal',
    NRT_NO_FIRST_ACCOUNT: '1',
    ...NO_RATES_ENVIRONMENT,
    ...wish.settings,
  }
  const numbers = Array.from({ length: wish.dongleCount }, (_, i) => i)
  const accessKey = await enrolFleet(environment, numbers, wish.sinceS)
  const gateways = Array.from({ length: wish.gatewayCount }, (_, i) => `gateway ${i + 1}`)
  const running = new Map<string, ChildProcess>()
  const gatewayPorts = new Map<string, GatewayPorts>()

  async function start(part: string): Promise<void> {
    if (part === 'broker') {
      running.set(part, await startMosquitto(folder, brokerPort, brokerConfig(brokerPort, folder)))
      return
    }
    const own = ports.get(part)
    const { child, gatewayHttpPort, mqttPort } = await startHalf(part.split(' ')[0] as string, {
      ...environment,
      ...(own && { NRT_HTTP_PORT: `${own.http}`, NRT_LINK_PORT: `${own.link}` }),
    })
    running.set(part, child)
    if (gatewayHttpPort !== undefined) gatewayPorts.set(part, { gatewayHttpPort, mqttPort })
  }

  const parts = [...(wish.hasListeners ? [] : ['broker']), ...backends, ...gateways]
  await Promise.all(parts.map(start))
  return {
    ...{ parts, brokerPort, httpPort: httpPorts[0] as number, httpPorts, accessKey, start },
    gatewayHttpPorts: () => [...gatewayPorts.values()].map(({ gatewayHttpPort }) => gatewayHttpPort),
    mqttPorts: () => [...gatewayPorts.values()].flatMap(({ mqttPort }) => mqttPort ?? []),
    processOf: part => running.get(part),
    async kill(part) {
      const child = running.get(part)
      running.delete(part)
      if (child !== undefined) await end(child, 'SIGKILL')
    },
    async stop() {
      for (const part of parts.toReversed()) {
        const child = running.get(part)
        if (child !== undefined) await end(child, 'SIGTERM')
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface GatewayPorts {
  gatewayHttpPort: number
  mqttPort: number | undefined
}

/** Resolves when it says that it is ready; rejects when it ends before. */
function startHalf(
  half: string,
  environment: NodeJS.ProcessEnv,
): Promise<{ child: ChildProcess } & Partial<GatewayPorts>> {
  return new Promise((resolve, reject) => {
    const child = fork(MAIN, [half], { env: environment, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    child.once('message', message => resolve({ child, ...(message as Partial<GatewayPorts>) }))
    child.once('exit', code => reject(new Error(`the ${half} ended with code ${code}`)))
  })
}
