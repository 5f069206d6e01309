// Settings of a gateway whose backend is another process.

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

const Backend = '([^\\s:,/]+|\\[[0-9a-fA-F:]+\\]):[0-9]{1,5}'

export const GATEWAY_LINK_SETTINGS = {
  backend: setting(
    'NRT_BACKEND',
    Type.String({
      pattern: `^${Backend}(,${Backend})*$`,
      description: 'host:port of the backend’s link, or several with commas between them',
    }),
    '127.0.0.1:7071',
  ),
  linkKey: secret('NRT_LINK_KEY', LinkKeyText),
}

export interface BackendAddress {
  host: string
  port: number
}

export interface GatewayLinkConfig {
  /** One at least. */
  backends: BackendAddress[]
  key: string
}

export function readGatewayLinkConfig(texts: SettingTexts): Result<GatewayLinkConfig, SettingFault[]> {
  const read = readSettings(GATEWAY_LINK_SETTINGS, texts)
  if (!read.ok) return read
  const { backend, linkKey } = read.value
  const { name, schema } = GATEWAY_LINK_SETTINGS.linkKey
  if (linkKey === undefined) {
    return failed([incomplete(name, allowedBy(schema), 'a gateway that runs apart shares it with its backend')])
  }
  return ok({ backends: backend.split(',').map(addressOf), key: linkKey })
}

function addressOf(text: string): BackendAddress {
  const at = text.lastIndexOf(':')
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) }
}
