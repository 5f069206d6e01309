// The platform apart: one backend, gateways and mosquitto, each a process of its own, which a test may kill and start again.

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
  /** Opens the metering points of the fleet. */
  readonly accessKey: string
  /** Where gateways have probes and metrics, as they run now. */
  gatewayHttpPorts(): number[]
  /** kill -9; resolves when it is dead. */
  kill(part: string): Promise<void>
  start(part: string): Promise<void>
  stop(): Promise<void>
}

/** Dongles 0 … `dongleCount` are enrolled since `sinceS`. `brokerConfig` makes mosquitto's configuration of its port; open by default. */
export async function startApart(
  wish: { dongleCount: number; gatewayCount: number; sinceS: number; settings?: { [name: string]: string } },
  brokerConfig: (port: number, folder: string) => string = openConfig,
): Promise<Apart> {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-apart-'))
  const brokerPort = await freePort()
  const httpPort = await freePort()
  const linkPort = await freePort()
  const environment = {
    ...process.env,
    NRT_DATA_DIR: folder,
    NRT_HTTP_PORT: `${httpPort}`,
    NRT_LINK_PORT: `${linkPort}`,
    NRT_BACKEND: `127.0.0.1:${linkPort}`,
    NRT_LINK_KEY: randomBytes(32).toString('base64'),
    NRT_BROKER_URL: `mqtt://127.0.0.1:${brokerPort}`,
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
  const httpPorts = new Map<string, number>()

  async function start(part: string): Promise<void> {
    if (part === 'broker') {
      running.set(part, await startMosquitto(folder, brokerPort, brokerConfig(brokerPort, folder)))
      return
    }
    const { child, gatewayHttpPort } = await startHalf(part.split(' ')[0] as string, environment)
    running.set(part, child)
    if (gatewayHttpPort !== undefined) httpPorts.set(part, gatewayHttpPort)
  }

  const parts = ['broker', 'backend', ...gateways]
  await Promise.all(parts.map(start))
  return {
    ...{ parts, brokerPort, httpPort, accessKey, start },
    gatewayHttpPorts: () => [...httpPorts.values()],
    async kill(part) {
      const child = running.get(part)
      running.delete(part)
      if (child !== undefined) await end(child, 'SIGKILL')
    },
    async stop() {
      for (const part of [...gateways, 'backend', 'broker']) {
        const child = running.get(part)
        if (child !== undefined) await end(child, 'SIGTERM')
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Resolves when it says that it is ready; rejects when it ends before. */
function startHalf(
  half: string,
  environment: NodeJS.ProcessEnv,
): Promise<{ child: ChildProcess; gatewayHttpPort: number | undefined }> {
  return new Promise((resolve, reject) => {
    const child = fork(MAIN, [half], { env: environment, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    child.once('message', message => resolve({ child, ...(message as { gatewayHttpPort: number | undefined }) }))
    child.once('exit', code => reject(new Error(`the ${half} ended with code ${code}`)))
  })
}
