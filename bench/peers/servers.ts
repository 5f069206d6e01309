// Starts the peers' servers (mosquitto, PostgreSQL) on free loopback ports in temporary folders, and stops them again.
// Both are optional: where one is not installed, the benchmark says so and leaves the figure out.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../../scripts/free-port.ts'

export interface RunningServer {
  port: number
  stop(): Promise<void>
}

export interface RunningPostgres extends RunningServer {
  /** Its data, and what it is run with. */
  readonly data: string
  /** SIGKILL by default; resolves when it is dead. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** On the same data and port; it answers when it has recovered. */
  start(): Promise<void>
  readonly pid: number
}

async function whenListening(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) throw new Error(`the server ended with code ${child.exitCode} before it listened`)
    const isUp = await new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(socket.destroy() !== undefined))
      socket.once('error', () => resolve(false))
    })
    if (isUp) return
    await delay(50)
  }
  throw new Error('the server did not listen within 10 s')
}

function stopper(child: ChildProcess, folder: string, signal: NodeJS.Signals): () => Promise<void> {
  return async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise(resolve => child.once('exit', resolve))
      child.kill(signal)
      await ended
    }
    // children of a server that was killed may write for a moment more
    rmSync(folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 20 })
  }
}

/** mosquitto with persistence off, anonymous, QoS 1 windows wide open; undefined where it is not installed. */
export async function startMosquitto(): Promise<RunningServer | undefined> {
  const binary = ['/usr/sbin/mosquitto', '/usr/bin/mosquitto', '/usr/local/sbin/mosquitto'].find(existsSync)
  if (!binary) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'nrt-mosquitto-'))
  const port = await freePort()
  const config = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence false',
    'max_inflight_messages 1000',
    'max_queued_messages 100000',
  ]
  writeFileSync(join(folder, 'mosquitto.conf'), `${config.join('\n')}\n`)
  chmodSync(folder, 0o755)
  const child = spawn(binary, ['-c', join(folder, 'mosquitto.conf')], { stdio: 'ignore' })
  await whenListening(port, child)
  return { port, stop: stopper(child, folder, 'SIGTERM') }
}

/** The folder of its programs; undefined where it is not installed. */
export function installedPostgres(): string | undefined {
  const root = '/usr/lib/postgresql'
  const version = existsSync(root) ? readdirSync(root).sort().at(-1) : undefined
  const bin = version && join(root, version, 'bin')
  return bin && existsSync(join(bin, 'postgres')) ? bin : undefined
}

/**
 * PostgreSQL with fsync and synchronous_commit on, as installed; undefined where it is not. Role and database `postgres`, trust on loopback.
 * `settings` are NAME=value of its configuration; with `copyOf`, the port of another, it is a standby of that one.
 */
export async function startPostgres(settings: string[] = [], copyOf?: number): Promise<RunningPostgres | undefined> {
  const bin = installedPostgres()
  if (bin === undefined) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'nrt-postgres-'))
  const data = join(folder, 'data')
  const isRoot = process.getuid?.() === 0
  const as = (command: string, args: string[]): [string, string[]] =>
    isRoot ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', command, ...args]] : [command, args]
  if (isRoot) spawnSync('chown', ['postgres', folder])
  const fresh = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C']
  const copy = ['-D', data, '-U', 'postgres', '-h', '127.0.0.1', '-p', `${copyOf}`, '-R', '-X', 'stream', '-c', 'fast']
  const [initCommand, initArgs] =
    copyOf === undefined ? as(join(bin, 'initdb'), fresh) : as(join(bin, 'pg_basebackup'), copy)
  const init = spawnSync(initCommand, initArgs, { stdio: 'pipe', cwd: folder })
  if (init.status !== 0) throw new Error(`${initCommand} failed: ${init.stderr.toString()}`)
  const port = await freePort()
  const [command, args] = as(join(bin, 'postgres'), [
    '-D',
    data,
    '-p',
    `${port}`,
    '-h',
    '127.0.0.1',
    '-k',
    folder,
    '-c',
    'max_wal_size=4GB',
    ...settings.flatMap(setting => ['-c', setting]),
  ])
  let child = await started()
  return {
    port,
    data,
    stop: () => stopper(child, folder, 'SIGINT')(),
    async kill(signal = 'SIGKILL') {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise(resolve => child.once('exit', resolve))
      child.kill(signal)
      await ended
    },
    async start() {
      child = await started()
    },
    get pid() {
      return child.pid as number
    },
  }

  /** After a crash its children hold the shared memory for a moment more: it does not start before they have gone. */
  async function started(): Promise<ChildProcess> {
    for (let attempt = 1; ; attempt++) {
      const server = spawn(command, args, { stdio: 'ignore', cwd: folder })
      try {
        await whenListening(port, server)
        return server
      } catch (error) {
        // one that is only slow must not go on beside the next
        if (server.exitCode === null && server.signalCode === null) {
          const ended = new Promise(resolve => server.once('exit', resolve))
          server.kill('SIGKILL')
          await ended
        }
        if (attempt === 100) throw error
        await delay(50)
      }
    }
  }
}
