// When the TLS listener's certificate ends. The listener reads it at its start and not again, so this does too: what is told is what is served.

import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** Epoch seconds; undefined without a file. Throws what reading and parsing throw, as the listener does. */
export function certificateEndOf(certFile: string | undefined): number | undefined {
  if (certFile === undefined) return undefined
  return Math.floor(new X509Certificate(readFileSync(certFile)).validToDate.getTime() / 1000)
}
