// What a command needs besides node. Who lacks it is told in a line which program that is, before anything runs.

import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The first place on PATH, or undefined. */
export function onPath(tool: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map(folder => join(folder, tool))
    .find(path => existsSync(path))
}

/** Ends this command with 2 when one of `tools`, each in a package of its own name, is not there. */
export function needTools(command: string, ...tools: string[]): void {
  const missing = tools.filter(tool => onPath(tool) === undefined)
  if (missing.length === 0) return
  console.error(`${command} needs ${missing.join(' and ')} on PATH (apt-get install ${missing.join(' ')})`)
  process.exit(2)
}
