// A process that writes registers beside the platform (`npm run enrol`) says so with a file. While it is there, the writer of readings settles
// every group at once, so that the guest finds a moment between two of them. A file that a killed guest left costs speed, nothing else.

import { rmSync, writeFileSync } from 'node:fs'

export function guestPath(path: string): string {
  return `${path}.guest`
}

/** Returns how to leave. */
export function enterAsGuest(path: string): () => void {
  writeFileSync(guestPath(path), '')
  return () => rmSync(guestPath(path), { force: true })
}
