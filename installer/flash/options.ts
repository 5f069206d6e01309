// What the commands that make dongles and labels share of a command line.

import { fileURLToPath } from 'node:url'

/** A file of the project, wherever the command is started. */
export function projectFile(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url))
}
