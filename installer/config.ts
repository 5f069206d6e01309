// `nrt config check`: the settings a server would start with, from where, and what is wrong with them. Secrets are never shown.

import { Command, Option } from 'commander'
import { print } from './operator-rest.ts'
import type { Loaded, Program } from './serve/settings.ts'

const HELP = `
Every setting with its value and where it comes from (default, file, environment); of a secret only that it is set. Each wrong value is named
with what was found and what is allowed, all of them in one go. A name in the file that is no setting is an error; in the environment it is a
warning, since other programs live there too.
Exit codes: 0 it would start; 1 something is wrong.

Examples:
  nrt config check
  nrt config check --for gateway --config /etc/nrt/gateway.conf --json`

interface Options {
  for: Program
  config?: string
  json?: boolean
}

export function configCommand(): Command {
  const command = new Command('config').description('the settings of the servers')
  command
    .command('check')
    .description('what a server would start with, and everything that is wrong')
    .addOption(
      new Option('--for <program>', 'start: all in one process (npm start)')
        .choices(['start', 'gateway', 'backend'])
        .default('start'),
    )
    .option('--config <file>', 'settings, a line NAME=value each (NRT_CONFIG_FILE)')
    .option('--json', 'one JSON object')
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      const { loadSettings } = await import('./serve/settings.ts')
      const loaded = loadSettings(options.for, process.env, options.config)
      print(options.json ? inJson(options.for, loaded) : inWords(loaded))
      process.exitCode = loaded.faults.length === 0 ? 0 : 1
    })
  return command
}

function inJson(program: Program, { standing, faults, warnings }: Loaded): string {
  return JSON.stringify({ program, isRight: faults.length === 0, settings: standing, faults, warnings })
}

function inWords({ standing, faults, warnings }: Loaded): string {
  const wide = Math.max(...standing.map(({ name }) => name.length))
  const lines = standing.map(({ name, value, origin, isSecret }) => {
    const isSet = origin !== 'default'
    const shown = isSecret ? (isSet ? '(set, not shown)' : '(not set)') : (value ?? '(not set)')
    return `${name.padEnd(wide)}  ${shown}${isSet ? `  [${origin}]` : ''}`
  })
  const said = [
    ...warnings.map(({ sentence }) => `warning: ${sentence}`),
    ...faults.map(({ sentence }) => `wrong: ${sentence}`),
  ]
  const verdict = faults.length === 0 ? 'ok: it would start' : `${faults.length} wrong: it would not start`
  return [...lines, '', ...said, verdict].join('\n')
}
