// `nrt broker-config`: files for a broker that is not ours, with fresh secrets.

import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { print } from './operator-rest.ts'
import { type BrokerFile, type BrokerSecrets, emqxFiles, mosquittoFiles } from './serve/broker-files.ts'

const HELP = `
mosquitto 2.0 gets two listeners: dongles at one, with their own two topics each; gateways at the other, by password (dynamic security).
mosquitto cannot check a dongle's password, which is another at each CONNECT: what is believed rests on the envelope, but who knows a dongle's
id can take its connection away. EMQX 5 asks a gateway and lets nobody in who is no dongle. Read docs/cluster.md before you choose.

The gateways' settings are in gateway.conf: nrt gateway --config gateway.conf, with NRT_BACKEND and NRT_LINK_KEY beside it.
Exit codes: 0 written; 1 there are files already; 2 wrong arguments.

Examples:
  nrt broker-config mosquitto --out /etc/mosquitto/nrt --dongle-host 0.0.0.0 --gateway-host 10.0.0.2
  nrt broker-config emqx --out emqx --url mqtt://10.0.0.2:1883 --hook http://10.0.0.3:9080`

const PLUGIN = '/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so'

interface Shared {
  out: string
}
interface Mosquitto extends Shared {
  plugin: string
  dongleHost: string
  donglePort: number
  gatewayHost: string
  gatewayPort: number
  gatewayUrl?: string
  at?: string
  cert?: string
  key?: string
  user?: string
}
interface Emqx extends Shared {
  url: string
  hook: string
}

export function brokerConfigCommand(): Command {
  const command = new Command('broker-config').description('files for a broker that is not ours, with fresh secrets')
  const out = () => new Option('--out <folder>', 'where the files go; nothing is written over').makeOptionMandatory()
  command
    .command('mosquitto')
    .description('mosquitto 2.0 with dynamic security')
    .addOption(out())
    .option('--dongle-host <address>', 'where dongles connect', '127.0.0.1')
    .option('--dongle-port <port>', 'the same', port, 1883)
    .option('--gateway-host <address>', 'where gateways connect', '127.0.0.1')
    .option('--gateway-port <port>', 'the same', port, 1884)
    .option('--gateway-url <url>', 'how gateways reach it, where that is not its listener’s address')
    .option('--at <folder>', 'where mosquitto finds the files, where that is not --out (containers)')
    .option('--cert <file>', 'TLS for dongles: certificate; needs --key')
    .option('--key <file>', 'the same: private key')
    .option('--plugin <file>', 'mosquitto_dynamic_security.so', PLUGIN)
    .option('--user <name>', 'of the system, that mosquitto runs as')
    .addHelpText('after', HELP)
    .action((options: Mosquitto) => {
      const { out, cert, key, at = resolve(out), ...wish } = options
      if ((cert === undefined) !== (key === undefined)) command.error('error: --cert and --key go together')
      const tls =
        cert === undefined || key === undefined ? undefined : { certFile: resolve(cert), keyFile: resolve(key) }
      process.exitCode = write(out, mosquittoFiles({ ...wish, folder: at, tls }, freshSecrets()))
    })
  command
    .command('emqx')
    .description('EMQX 5, which asks a gateway who may connect')
    .addOption(out())
    .requiredOption('--url <url>', 'where gateways reach EMQX, mqtt://… or mqtts://…')
    .requiredOption('--hook <url>', 'where EMQX reaches gateways (NRT_GATEWAY_HTTP_PORT), http://… or https://…')
    .addHelpText('after', HELP)
    .action(({ out, url, hook }: Emqx) => {
      process.exitCode = write(out, emqxFiles(url, hook.replace(/\/+$/, ''), freshText(), freshSecrets()))
    })
  return command
}

function freshSecrets(): BrokerSecrets {
  return { password: freshText(), salt: randomBytes(12), group: randomBytes(16).toString('hex') }
}

function freshText(): string {
  return randomBytes(32).toString('base64url')
}

function write(folder: string, files: BrokerFile[]): number {
  const known = files.map(({ name }) => join(folder, name)).filter(path => existsSync(path))
  if (known.length > 0) {
    process.stderr.write(`nrt: not written over: ${known.join(', ')}\n    Name another folder, or move these away.\n`)
    return 1
  }
  mkdirSync(folder, { recursive: true })
  for (const { name, text, isSecret, readBy } of files) {
    const path = join(folder, name)
    writeFileSync(path, text, { mode: isSecret ? 0o600 : 0o644, flag: 'wx' })
    const owner = readBy === undefined ? '' : `, which has to be ${readBy}`
    print(isSecret ? `${path} (holds secrets: only its owner may read it${owner})` : path)
  }
  return 0
}

function port(text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (value < 1 || value > 65_535) throw new InvalidArgumentError('A port is 1 … 65535.')
  return value
}
