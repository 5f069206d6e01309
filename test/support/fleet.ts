// The platform as a process of its own, as `npm start` runs it, and a fleet of scripted dongles that it knows: for kill runs and
// benchmarks. Dongle `number` is identityOf(number) and is bound to the metering point eanOf(number).

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { acceptTerms } from '../../scripts/accept-terms.ts'
import { withBackend } from '../../scripts/enrolment.ts'
import { identityOf } from './scripted-dongle.ts'

export interface PlatformProcess {
  child: ChildProcess
  httpPort: number
  mqttPort: number
  /** Where it was asked for TLS. */
  tlsPort?: number
}

/** Dongles that are enrolled together, for what they wait for is the disk. */
const AT_A_TIME = 50

const START = fileURLToPath(new URL('../../scripts/start.ts', import.meta.url))

/** An invented EAN, its check digit not looked at. */
export function eanOf(number: number): string {
  return `5414489000${String(number).padStart(8, '0')}`
}

/** One account that holds the metering points of all `numbers` since `sinceS`, each with its dongle; gives the access key. */
export function enrolFleet(environment: NodeJS.ProcessEnv, numbers: number[], sinceS: number): Promise<string> {
  return withBackend(environment, async backend => {
    const { accountId, accessKey } = await backend.openAccount('fleet')
    await acceptTerms(backend, accessKey)
    const waiting = numbers.slice()
    const enrol = async (): Promise<void> => {
      for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) {
        await backend.addMeteringPoint({ ean: eanOf(number), accountId, sinceS })
        await backend.registerDongle(identityOf(number))
        await backend.bindDongle(identityOf(number).dongleId, eanOf(number))
      }
    }
    await Promise.all(Array.from({ length: AT_A_TIME }, enrol))
    return accessKey
  })
}

/** Resolves when it listens; rejects when it ends before. */
export function startPlatformProcess(environment: NodeJS.ProcessEnv): Promise<PlatformProcess> {
  return new Promise((resolve, reject) => {
    const child = fork(START, [], { env: environment, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    child.once('message', message => resolve({ child, ...(message as Omit<PlatformProcess, 'child'>) }))
    child.once('exit', code => reject(new Error(`the platform ended with code ${code}`)))
  })
}

/** The id under which REST knows the metering point of dongle `number`. */
export async function meteringPointId(base: string, headers: Record<string, string>, number: number): Promise<string> {
  const { items } = (await (await fetch(base, { headers })).json()) as { items: { id: string; ean: string }[] }
  const point = items.find(item => item.ean === eanOf(number))
  if (point === undefined) throw new Error(`dongle ${number} has no metering point`)
  return point.id
}
