// `npm run suites [-- --only NAME]`: public test suites against our listener and gateway, which it starts on loopback. Each suite's own closing
// lines are printed; all of their output is in dist/suites; those that are not on this machine are named. Paths: PAHO_TESTING (eclipse/paho.mqtt.testing), TESTSSL (testssl/testssl.sh); sslscan and
// nmap from the system. Exit code 1 when a suite that ran was not content.

import { fork, spawn, spawnSync } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { startGatewayUnderTest } from '../support/gateway-under-test.ts'
import { identityOf } from '../support/scripted-dongle.ts'
import { openBrokerForAll } from './open-policy.ts'

interface Suite {
  name: string
  /** Where it is, or what to do about it. */
  place(): { path: string } | { missing: string }
  /** Its own closing lines, and whether it was content. */
  run(path: string): Promise<{ lines: string[]; isContent: boolean }>
}

const HOST = '127.0.0.1'
const BUNDLE = join(import.meta.dirname, '../../dist/firmware/nrt.js')
const HOST_MAIN = join(import.meta.dirname, '../../firmware/host/main.ts')
const LOGS = join(import.meta.dirname, '../../dist/suites')

const paho: Suite = {
  name: 'eclipse/paho.mqtt.testing, interoperability of MQTT 3.1.1, on the embedded listener',
  place: () => fromVariable('PAHO_TESTING', 'interoperability/client_test.py'),
  async run(path) {
    const broker = await openBrokerForAll()
    const script = join(import.meta.dirname, 'paho.py')
    const folder = join(path, 'interoperability')
    const text = await outputOf('python3', ['-W', 'ignore', script, String(broker.port)], { cwd: folder })
    await broker.close()
    const lines = text.split('\n').filter(line => /^(Ran \d+ tests|OK|FAILED)|test.* (succeeded|failed)$/i.test(line))
    return { lines, isContent: lines.includes('OK') }
  },
}

const testssl: Suite = {
  name: 'testssl.sh, on the TLS listener',
  place() {
    // it ends at once without any of them, and asks none here
    if (!['dig', 'host', 'drill', 'nslookup'].some(tool => 'path' in fromSystem(tool)))
      return { missing: 'it wants dig, host, drill or nslookup (Debian: bind9-host)' }
    return fromVariable('TESTSSL', 'testssl.sh')
  },
  run: path =>
    onTlsListener(async (port, _plainPort, certFile) => {
      // Our own certificate is trusted here, as one of an authority would be: what is judged is the listener.
      const quiet = ['--color', '0', '--warnings', 'off', '--quiet', '--openssl', '/usr/bin/openssl']
      const args = [...quiet, '--add-ca', certFile, '--ip', HOST, `localhost:${port}`]
      const text = await outputOf(join(path, 'testssl.sh'), args)
      const isWrong = (line: string): boolean => /NOT ok|VULNERABLE/.test(line) && !/not vulnerable/.test(line)
      const found = text
        .split('\n')
        .filter(line => isWrong(line) || /^ *(Final Score|Overall Grade|Grade cap|Rating)/.test(line))
      const isContent = /Overall Grade +A/.test(text)
      return { lines: found.map(line => line.trim()), isContent }
    }),
}

const sslscan: Suite = {
  name: 'sslscan, on the TLS listener',
  place: () => fromSystem('sslscan'),
  run: path =>
    onTlsListener(async port => {
      const text = await outputOf(path, ['--no-colour', `${HOST}:${port}`])
      const lines = text
        .split('\n')
        .filter(line => /^(SSLv|TLSv|Preferred|Accepted)|renegotiation|Compression|heartbleed/i.test(line))
      const isOld = /^(SSLv[23]|TLSv1\.[01]) +enabled/m.test(text)
      const isWeak = /^(Preferred|Accepted) .*(CBC|RC4|DES|NULL|EXP|anon|-SHA +)/m.test(text)
      return { lines, isContent: !isOld && !isWeak && /^TLSv1\.2 +enabled/m.test(text) }
    }),
}

const nmap: Suite = {
  name: 'nmap, ports of the gateway process',
  place: () => fromSystem('nmap'),
  run: path =>
    onTlsListener(async (tlsPort, port) => {
      const text = await outputOf(path, [
        '-Pn',
        '-n',
        '-sT',
        '-p',
        `${port},${tlsPort}`,
        '--script',
        'ssl-enum-ciphers',
        HOST,
      ])
      const lines = text.split('\n').filter(line => /^\d+\/tcp|least strength|TLSv|^Nmap done/.test(line.trim()))
      const ours = new Set([port, tlsPort].map(String))
      const listening = portsOf(process.pid)
      const isOnlyOurs = listening.length === ours.size && listening.every(one => ours.has(one))
      const isContent = /least strength: A/.test(text) && isOnlyOurs
      return {
        lines: [...lines, `listening on TCP: ${listening.join(', ')} (MQTT ${port}, TLS ${tlsPort})`],
        isContent,
      }
    }),
}

const dongle: Suite = {
  name: 'nmap, ports of the virtual dongle while it is in session',
  place: () => fromSystem('nmap'),
  async run(path) {
    if (!existsSync(BUNDLE)) await outputOf('npm', ['run', '-s', 'build:firmware'])
    const under = await startGatewayUnderTest({}, [identityOf(0)])
    const folder = mkdtempSync(join(tmpdir(), 'nrt-suites-'))
    const identity = join(folder, 'dongle.json')
    const { dongleId, deviceKey, epoch } = identityOf(0)
    const seedPoolHex = '5a'.repeat(64)
    writeFileSync(
      identity,
      JSON.stringify({ dongleId, deviceKeyHex: Buffer.from(deviceKey).toString('hex'), epoch, seedPoolHex }),
    )
    const child = fork(HOST_MAIN, ['--identity', identity, '--gateway', `${HOST}:${under.port}`, '--interval', '1'], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    try {
      await under.ingest.until(() => under.ingest.stored.size > 0)
      const text = await outputOf(path, ['-Pn', '-n', '-sT', '-p-', HOST])
      const open = text.split('\n').flatMap(line => /^(\d+)\/tcp +open/.exec(line)?.[1] ?? [])
      const [ofDongle, ofUs] = [portsOf(child.pid as number), portsOf(process.pid)]
      const lines = [
        ...text.split('\n').filter(line => line.startsWith('Nmap done')),
        `open on ${HOST}: ${open.length}; of the gateway: ${ofUs.join(', ')} (MQTT ${under.port}); of the dongle: ${ofDongle.length}`,
      ]
      return {
        lines,
        isContent: ofDongle.length === 0 && open.includes(String(under.port)) && ofUs.join() === String(under.port),
      }
    } finally {
      child.kill('SIGKILL')
      await under.gateway.stop()
      rmSync(folder, { recursive: true })
    }
  },
}

function fromVariable(name: string, file: string): ReturnType<Suite['place']> {
  const path = process.env[name]
  return path !== undefined && existsSync(join(path, file)) ? { path } : { missing: `${name}=/path/to/a/clone` }
}

function fromSystem(name: string): ReturnType<Suite['place']> {
  const path = spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim()
  return path === '' ? { missing: `the system's package ${name}` } : { path }
}

/** A gateway with TLS and plain ports; nothing else of it listens. */
async function onTlsListener<Result>(
  work: (tlsPort: number, port: number, certFile: string) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-suites-'))
  const [tlsCertFile, tlsKeyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '90']
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject, '-out', tlsCertFile, '-keyout', tlsKeyFile]
  spawnSync('openssl', made)
  const under = await startGatewayUnderTest({ tlsPort: 0, tlsCertFile, tlsKeyFile })
  try {
    return await work(under.gateway.tlsPort as number, under.port, tlsCertFile)
  } finally {
    await under.gateway.stop()
    rmSync(folder, { recursive: true })
  }
}

/** All it prints, which stands in dist/suites too; a suite's exit code says less than its closing line. */
async function outputOf(command: string, args: string[], options: { cwd?: string } = {}): Promise<string> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  mkdirSync(LOGS, { recursive: true })
  const log = createWriteStream(join(LOGS, `${basename(command)}.log`))
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      text += String(chunk)
      log.write(chunk)
    })
  }
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve())
  })
  log.end()
  return text
}

/** TCP ports on which a process of this machine listens. */
function portsOf(pid: number): string[] {
  const text = spawnSync('ss', ['-Hltnp'], { encoding: 'utf8' }).stdout ?? ''
  const own = text.split('\n').filter(line => line.includes(`pid=${pid},`))
  return [...new Set(own.map(line => /:(\d+)\s/.exec(line)?.[1] ?? ''))]
}

const SUITES = { paho, testssl, sslscan, nmap, dongle }
const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } })
for (const [key, suite] of Object.entries(SUITES)) {
  if (values.only !== undefined && !values.only.includes(key)) continue
  const place = suite.place()
  console.log(`\n${suite.name}`)
  if ('missing' in place) {
    console.log(`  not on this machine: ${place.missing}`)
    continue
  }
  const { lines, isContent } = await suite.run(place.path)
  for (const line of lines) console.log(`  ${line}`)
  console.log(isContent ? '  content' : '  NOT CONTENT')
  if (!isContent) process.exitCode = 1
}
