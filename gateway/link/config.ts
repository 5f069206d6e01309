// Settings of a gateway whose backend is another process.

import Type from 'typebox'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import { LinkKeyText } from '../../shared/schema/link.ts'
import {
  allFaults,
  allowedBy,
  incomplete,
  readPartly,
  type SettingFault,
  type SettingTexts,
  secret,
  setting,
} from '../../shared/schema/settings.ts'

/** 1 … 65535 */
const PORT = '(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])'
const Backend = `(?:[^\\s:,/]+|\\[[0-9a-fA-F:]+\\]):${PORT}`

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
  const { values, faults: wrong } = readPartly(GATEWAY_LINK_SETTINGS, texts)
  const { backend, linkKey } = values
  const { name, schema } = GATEWAY_LINK_SETTINGS.linkKey
  const missing = incomplete(
    name,
    allowedBy(schema),
    'a gateway that runs apart shares it with its backend; openssl rand -base64 32 makes one',
  )
  const faults = allFaults(wrong, linkKey === undefined ? [missing] : [])
  if (faults.length > 0 || backend === undefined || linkKey === undefined) return failed(faults)
  return ok({ backends: backend.split(',').map(addressOf), key: linkKey })
}

function addressOf(text: string): BackendAddress {
  const at = text.lastIndexOf(':')
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) }
}
