// `nrt backend`: registers, store, REST and portal as a process of their own, for gateways elsewhere.

import { Command } from 'commander'

const HELP = `
It listens for gateways at NRT_LINK_HOST and NRT_LINK_PORT (7071) and takes those that have its NRT_LINK_KEY; page and REST are where
NRT_HTTP_HOST and NRT_HTTP_PORT say. It may be killed at any moment: what was acknowledged is stored, gateways link again by themselves.

Settings come from NRT_… variables and, below them, from --config FILE or NRT_CONFIG_FILE, with a line NAME=value each.
nrt config check --for backend shows them.
Exit codes: 0 stopped by SIGINT or SIGTERM; 1 it could not start; 2 wrong settings.

Examples:
  openssl rand -base64 32 > /etc/nrt/link.key
  NRT_LINK_KEY_FILE=/etc/nrt/link.key NRT_LINK_HOST=10.0.0.5 nrt backend
  nrt backend --config /etc/nrt/backend.conf`

export function backendCommand(): Command {
  return new Command('backend')
    .description('registers, store, REST and portal as a process of their own')
    .option('--config <file>', 'settings, a line NAME=value each')
    .addHelpText('after', HELP)
    .action(async ({ config }: { config?: string }) => {
      const [{ serve }, { runBackend }] = await Promise.all([
        import('./serve/serve.ts'),
        import('./serve/run-backend.ts'),
      ])
      process.exit(await serve('backend', config, runBackend))
    })
}
