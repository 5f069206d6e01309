// The platform as `npm start` composes it, in this process, on a folder and free ports: for end-to-end tests and drills.

import { type Logger, pino } from 'pino'
import { type Platform, readPlatformConfig, startPlatform } from '../../scripts/platform.ts'
import { valueOrThrow } from './facts.ts'

/** `settings` are the server's own NRT_… variables; ports are free ones where they name none. Silent unless it gets a log. */
export function startTestPlatform(
  folder: string,
  settings: { [name: string]: string } = {},
  log: Logger = pino({ level: 'silent' }),
): Promise<Platform> {
  const environment = { NRT_DATA_DIR: folder, NRT_HTTP_PORT: '0', NRT_MQTT_PORT: '0', ...settings }
  return startPlatform(valueOrThrow(readPlatformConfig(environment)), log)
}
