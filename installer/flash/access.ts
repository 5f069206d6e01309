// How the tool signs in: the backend's address and the installer's key, from where no other user of the machine can read it.

import { readFileSync } from 'node:fs'
import { safeAddress } from '../address.ts'
import type { BackendAccess } from './backend.ts'
import { Trouble } from './trouble.ts'

/** The key from NRT_INSTALLER_KEY or a file; never from the command line, where others can read it. Throws Trouble key.missing or backend.bad-address. */
export function backendAccess(url: string, keyFile: string | undefined, env: NodeJS.ProcessEnv): BackendAccess {
  let key = env.NRT_INSTALLER_KEY
  if (keyFile !== undefined) {
    try {
      key = readFileSync(keyFile, 'utf8').trim()
    } catch (error) {
      throw new Trouble('key.missing', {}, error)
    }
  }
  if (key === undefined || key === '') throw new Trouble('key.missing')
  const address = safeAddress(url)
  if (address === undefined) throw new Trouble('backend.bad-address', { url })
  return { url: address, key }
}
