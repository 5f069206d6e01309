// Files that settings name and a start reads: whether they can be read, and whether a certificate is one and its key is its own. The lines of the
// settings file itself too: parseEnv() passes over what is no NAME=value, and a setting that is passed over is a wrong one that nobody sees.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { SettingFault, SettingTexts } from '../../shared/schema/settings.ts'

const CERTIFICATES = [
  ['NRT_MQTT_TLS_CERT_FILE', 'NRT_MQTT_TLS_KEY_FILE'],
  ['NRT_ESP_TLS_CERT_FILE', 'NRT_ESP_TLS_KEY_FILE'],
] as const
const OTHERS = ['NRT_RELEASE_KEYS_FILE'] as const

type Read = (path: string) => string

/** A line each; what stands in it is not said, it may be a secret. */
export function faultsOfLines(path: string, text: string): SettingFault[] {
  return text.split('\n').flatMap((line, at) => {
    if (/^\s*(#.*)?$|^\s*(export\s+)?[A-Za-z_]\w*\s*=/.test(line)) return []
    const sentence = `Line ${at + 1} of ${path} is no setting: a line is NAME=value, or begins with #.`
    return [{ code: 'config.no-setting', name: 'NRT_CONFIG_FILE', found: null, allowed: 'NAME=value', sentence }]
  })
}

/** `texts` are those of the program's own settings. */
export function faultsOfFiles(texts: SettingTexts, readText: Read): SettingFault[] {
  const faults: SettingFault[] = []
  const wrong = (name: string, code: SettingFault['code'], allowed: string, what: string): undefined => {
    faults.push({ code, name, found: texts[name] ?? null, allowed, sentence: `${name} ${what}` })
  }
  const textOf = (name: string): string | undefined => {
    const path = texts[name]
    if (path === undefined || path === '') return undefined
    try {
      return readText(path)
    } catch {
      return wrong(name, 'config.unreadable', 'a file to read', `names a file that cannot be read: ${quoted(path)}.`)
    }
  }
  function made<T>(name: string, make: (text: string) => T, what: string): T | undefined {
    const text = textOf(name)
    try {
      return text === undefined ? undefined : make(text)
    } catch {
      return wrong(name, 'config.wrong-value', what, `names a file that is no ${what}: ${quoted(texts[name])}.`)
    }
  }
  for (const [certName, keyName] of CERTIFICATES) {
    const certificate = made(certName, text => new X509Certificate(text), 'certificate in PEM')
    const key: KeyObject | undefined = made(keyName, createPrivateKey, 'private key in PEM without a passphrase')
    if (certificate !== undefined && key !== undefined && !certificate.checkPrivateKey(key))
      wrong(keyName, 'config.wrong-value', 'the key of the certificate', `is not the key of ${certName}.`)
  }
  for (const name of OTHERS) textOf(name)
  return faults
}

const quoted = (path: string | undefined): string => JSON.stringify(path)
