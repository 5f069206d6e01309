// Configuration of brokers that are not ours, as files: deny by default, dongles their own two topics, gateways what goes up and down.
// Which broker can prove a dongle and which cannot is in docs/cluster.md.

import { pbkdf2Sync } from 'node:crypto'

export interface BrokerSecrets {
  /** Of the gateways. */
  password: string
  /** 12 bytes. */
  salt: Uint8Array
  /** Of the shared subscription. */
  group: string
}

export interface MosquittoWish {
  /** Where its files will lie, and its plugin. */
  folder: string
  plugin: string
  /** Who may reach it is for a firewall to say, except that gateways have a listener of their own. */
  dongleHost: string
  donglePort: number
  gatewayHost: string
  gatewayPort: number
  /** Where that is not the listener's own address. */
  gatewayUrl?: string
  tls?: { certFile: string; keyFile: string }
  /** Of the system, that mosquitto is to run as. */
  user?: string
}

export interface BrokerFile {
  name: string
  text: string
  /** Only its owner may read it. */
  isSecret: boolean
  /** Who has to be that owner, where it is not whoever makes it. */
  readBy?: string
}

const USER = 'nrt-gateway'
const ITERATIONS = 100_000

/** Settings of gateways: one file for all of them. */
function gatewayFile(url: string, { password, group }: BrokerSecrets): BrokerFile {
  const lines = [
    `NRT_BROKER_URL=${url}`,
    `NRT_BROKER_USER=${USER}`,
    `NRT_BROKER_PASSWORD=${password}`,
    `NRT_BROKER_GROUP=${group}`,
  ]
  return { name: 'gateway.conf', text: `${lines.join('\n')}\n`, isSecret: true }
}

/** mosquitto 2: two listeners, since its dynamic security knows fixed passwords only and a dongle's is another at each CONNECT. */
export function mosquittoFiles(wish: MosquittoWish, secrets: BrokerSecrets): BrokerFile[] {
  const { folder } = wish
  const tls = wish.tls && [`certfile ${wish.tls.certFile}`, `keyfile ${wish.tls.keyFile}`, 'tls_version tlsv1.2']
  const lines = [
    '# Made by nrt broker-config mosquitto. Nothing is kept: what is not acknowledged is still in the dongles.',
    'persistence false',
    'per_listener_settings true',
    'max_packet_size 65536',
    'max_inflight_messages 1000',
    'set_tcp_nodelay true',
    ...(wish.user === undefined ? [] : [`user ${wish.user}`]),
    '',
    '# Dongles. Their passwords are for gateways to check; here each has its own two topics by its client id, and nothing else.',
    `listener ${wish.donglePort} ${wish.dongleHost}`,
    'allow_anonymous true',
    `acl_file ${folder}/dongles.acl`,
    ...(tls ?? []),
    '',
    '# Gateways, on a network of their own.',
    `listener ${wish.gatewayPort} ${wish.gatewayHost}`,
    'allow_anonymous false',
    `plugin ${wish.plugin}`,
    `plugin_opt_config_file ${folder}/dynamic-security.json`,
  ]
  return [
    { name: 'mosquitto.conf', text: `${lines.join('\n')}\n`, isSecret: false },
    { name: 'dongles.acl', text: 'pattern write nrt/1/%c/up\npattern read nrt/1/%c/down\n', isSecret: false },
    {
      name: 'dynamic-security.json',
      text: dynamicSecurity(secrets),
      isSecret: true,
      readBy: `the user that mosquitto runs as (${wish.user ?? 'mosquitto'}, where root starts it)`,
    },
    gatewayFile(wish.gatewayUrl ?? `mqtt://${wish.gatewayHost}:${wish.gatewayPort}`, secrets),
  ]
}

function dynamicSecurity({ password, salt, group }: BrokerSecrets): string {
  const filter = `$share/${group}/nrt/1/+/up`
  const acl = (acltype: string, topic: string) => ({ acltype, topic, priority: 0, allow: true })
  const client = {
    username: USER,
    textName: 'all gateways',
    password: pbkdf2Sync(password, salt, ITERATIONS, 64, 'sha512').toString('base64'),
    salt: Buffer.from(salt).toString('base64'),
    iterations: ITERATIONS,
    roles: [{ rolename: USER }],
  }
  const role = {
    rolename: USER,
    acls: [
      acl('subscribeLiteral', filter),
      acl('unsubscribeLiteral', filter),
      acl('publishClientReceive', 'nrt/1/+/up'),
      acl('publishClientSend', 'nrt/1/+/down'),
    ],
  }
  const nothing = { publishClientSend: false, publishClientReceive: false, subscribe: false, unsubscribe: false }
  return `${JSON.stringify({ defaultACLAccess: nothing, clients: [client], groups: [], roles: [role] }, null, 2)}\n`
}

/** EMQX 5: it asks a gateway (gateway/broker/hooks.ts) for every CONNECT, and, where a release is older than 5.8, for every topic. */
export function emqxFiles(url: string, hookUrl: string, hookKey: string, secrets: BrokerSecrets): BrokerFile[] {
  // The broker puts in its place what it knows of the client: field = "${field}".
  const request = (path: string, ...fieldsAsked: string[]): string => {
    const fields = fieldsAsked.map(field => `      ${field} = "$\{${field}}"`)
    return `  method = post
    url = "${hookUrl}/broker/${path}"
    headers { content-type = "application/json", authorization = "Bearer ${hookKey}" }
    body {
${fields.join('\n')}
    }
    request_timeout = "5s"`
  }
  const text = `# Made by nrt broker-config emqx; include it in emqx.conf. What no rule allows is denied.
authentication = [
  {
    mechanism = password_based
    backend = http
  ${request('authenticate', 'clientid', 'username', 'password')}
  }
]
authorization {
  no_match = deny
  deny_action = disconnect
  sources = [
  {
    type = http
  ${request('authorize', 'clientid', 'username', 'topic', 'action')}
  }
  ]
}
mqtt { max_packet_size = "64KB", max_qos_allowed = 1, retain_available = false, shared_subscription = true }
`
  const gateway = gatewayFile(url, secrets)
  return [
    { name: 'emqx-nrt.conf', text, isSecret: true },
    { ...gateway, text: `${gateway.text}NRT_BROKER_HOOK_KEY=${hookKey}\n` },
  ]
}
