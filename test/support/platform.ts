// The platform as `npm start` composes it, in this process, on a folder and free ports: for end-to-end tests and drills.

import { type Logger, pino } from 'pino'
import { acceptTerms } from '../../scripts/accept-terms.ts'
import { type Platform, readPlatformConfig, startPlatform } from '../../scripts/platform.ts'
import { valueOrThrow } from './facts.ts'
import { NO_RATES_ENVIRONMENT } from './no-rates.ts'
import type { DongleIdentity } from './scripted-dongle.ts'

/** `settings` are the server's own NRT_… variables; ports are free ones where they name none. Silent unless it gets a log. */
export function startTestPlatform(
  folder: string,
  settings: { [name: string]: string } = {},
  log: Logger = pino({ level: 'silent' }),
): Promise<Platform> {
  const environment = {
    NRT_DATA_DIR: folder,
    NRT_HTTP_PORT: '0',
    NRT_MQTT_PORT: '0',
    ...NO_RATES_ENVIRONMENT,
    ...settings,
  }
  return startPlatform(valueOrThrow(readPlatformConfig(environment)), log)
}

/** An account that holds a metering point since `sinceS`, with the dongle bound to it. */
export async function giveOwner(
  { backend }: Platform,
  { dongleId, deviceKey, epoch }: DongleIdentity,
  point: { ean: string; sinceS: number },
): Promise<{ accountId: string; accessKey: string }> {
  const account = await backend.openAccount(`owner of ${point.ean}`)
  await acceptTerms(backend, account.accessKey)
  valueOrThrow(await backend.addMeteringPoint({ ...point, accountId: account.accountId }))
  valueOrThrow(await backend.registerDongle({ dongleId, deviceKey, epoch }))
  valueOrThrow(await backend.bindDongle(dongleId, point.ean))
  return account
}
