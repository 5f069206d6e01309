// Settings of a backend whose gateways are other processes.

import Type from 'typebox'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import { LinkKeyText } from '../../shared/schema/link.ts'
import {
  allowedBy,
  incomplete,
  readSettings,
  type SettingFault,
  type SettingTexts,
  secret,
  setting,
} from '../../shared/schema/settings.ts'

export const BACKEND_LINK_SETTINGS = {
  linkHost: setting(
    'NRT_LINK_HOST',
    Type.String({ minLength: 1, description: 'an address to listen on' }),
    '127.0.0.1',
  ),
  linkPort: setting(
    'NRT_LINK_PORT',
    Type.Integer({ minimum: 0, maximum: 65_535, description: 'a port, 0 … 65535' }),
    7071,
  ),
  linkKey: secret('NRT_LINK_KEY', LinkKeyText),
}

export interface BackendLinkConfig {
  host: string
  port: number
  key: string
}

export function readBackendLinkConfig(texts: SettingTexts): Result<BackendLinkConfig, SettingFault[]> {
  const read = readSettings(BACKEND_LINK_SETTINGS, texts)
  if (!read.ok) return read
  const { linkHost: host, linkPort: port, linkKey } = read.value
  const { name, schema } = BACKEND_LINK_SETTINGS.linkKey
  if (linkKey === undefined) {
    return failed([
      incomplete(
        name,
        allowedBy(schema),
        'a backend that runs apart shares it with its gateways; openssl rand -base64 32 makes one',
      ),
    ])
  }
  return ok({ host, port, key: linkKey })
}
