// `nrt gateway`: a gateway as a process of its own, any number of them.

import { Command } from 'commander'

const HELP = `
A gateway keeps nothing: start, stop and kill as many as you like. Dongles connect to its own listener, or, with NRT_BROKER_URL, it shares
the messages of an MQTT 5 broker with the other gateways. It is linked to one backend: NRT_BACKEND=host:port and NRT_LINK_KEY, the same there.
While the backend is away nothing is acknowledged and dongles keep their readings; at a broker it then leaves the messages to the others.

Settings come from NRT_… variables and, below them, from --config FILE or NRT_CONFIG_FILE, with a line NAME=value each.
nrt config check --for gateway shows them. Probes and metrics: NRT_GATEWAY_HTTP_PORT.
Exit codes: 0 stopped by SIGINT or SIGTERM; 1 it could not start; 2 wrong settings.

Examples:
  NRT_LINK_KEY_FILE=/etc/nrt/link.key NRT_BACKEND=10.0.0.5:7071 nrt gateway
  nrt gateway --config /etc/nrt/gateway.conf`

export function gatewayCommand(): Command {
  return new Command('gateway')
    .description('a gateway as a process of its own, any number of them')
    .option('--config <file>', 'settings, a line NAME=value each')
    .addHelpText('after', HELP)
    .action(async ({ config }: { config?: string }) => {
      const [{ serve }, { runGateway }] = await Promise.all([
        import('./serve/serve.ts'),
        import('./serve/run-gateway.ts'),
      ])
      process.exit(await serve('gateway', config, runGateway))
    })
}
