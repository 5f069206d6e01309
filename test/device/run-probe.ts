// Runs a probe, a small script that says `key value` lines, on the virtual dongle or on the real engine, and brings the
// lines back as one object. Probes that need a wire or a peer get them here, the same on both.

import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'
import { openClock } from '../../firmware/host/clock.ts'
import { openVirtualDongle } from '../../firmware/host/dongle.ts'
import { startRealEngine } from '../support/real-engine.ts'
import { selfSignedCertificate } from '../support/self-signed-certificate.ts'
import { openSteppedClock } from '../support/stepped-clock.ts'
import { type BusyPeer, openBusyPeer } from './busy-peer.ts'

export type Results = Record<string, unknown>

const KIT = `function say(k,v){print("#"+JSON.stringify(k)+" "+JSON.stringify(v===undefined?null:v));}
function done(){print("#done");}
`
const TIMEOUT_MS = 20_000
/** What the serial probe waits for: 1000 bytes with all values in them. */
const P1_BYTES = Uint8Array.from({ length: 1000 }, (_, i) => i & 0xff)

/** Through esbuild, for its semicolons: the engine reads `return` and the next line as one statement. */
export function probeText(name: string): string {
  const source = readFileSync(fileURLToPath(new URL(`./probes/${name}.js`, import.meta.url)), 'latin1')
  return transformSync(source, { target: 'es2015', charset: 'ascii' }).code
}

/** Collects `#"key" value` lines until `#done`. */
function collector(): { take(line: string): void; results: Promise<Results> } {
  const found: Results = {}
  let finish: (results: Results) => void
  let fail: (error: Error) => void
  const results = new Promise<Results>((resolve, reject) => {
    finish = resolve
    fail = reject
  })
  const said: string[] = []
  const timer = setTimeout(() => fail(new Error(`the probe did not end; it said:\n${said.join('\n')}`)), TIMEOUT_MS)
  return {
    results,
    take: line => {
      said.push(line)
      if (line === '#done') {
        clearTimeout(timer)
        finish(found)
      }
      const match = /^#("(?:[^"\\]|\\.)*") (.*)$/.exec(line)
      if (match) found[JSON.parse(match[1]!)] = JSON.parse(match[2]!)
    },
  }
}

function echo(socket: Socket): void {
  socket.on('error', () => {})
  socket.on('data', data => {
    if (data.toString() === 'close') socket.end()
    else socket.write(data)
  })
}

interface Peer {
  servers: (Server | UdpSocket | BusyPeer)[]
  /** Names and values that the probe uses. */
  values: Record<string, number | string>
}

/** Peers that echo, and hang up when told to: one plain, one behind TLS; or one that lets nobody in for a while. */
async function openPeer(isBusy: boolean): Promise<Peer> {
  if (isBusy) {
    const busy = await openBusyPeer()
    return { servers: [busy], values: { BUSY_PORT: busy.port } }
  }
  const server = createServer(echo)
  const tls = createTlsServer({ ...selfSignedCertificate('nobody'), maxVersion: 'TLSv1.2' }, echo)
  const dead = createServer()
  const listen = (one: ReturnType<typeof createServer>): Promise<number> =>
    new Promise(resolve => one.listen(0, '127.0.0.1', () => resolve((one.address() as { port: number }).port)))
  const port = await listen(server)
  const tlsPort = await listen(tls)
  const deadPort = await listen(dead)
  await new Promise(resolve => dead.close(resolve))
  // the engine's Linux build reads DER only
  const otherCa = selfSignedCertificate('somebody else').cert.replaceAll(/-.*-|\n/g, '')
  const udp = createSocket('udp4')
  udp.on('message', (data, from) => udp.send(Buffer.concat([data, Buffer.from('!')]), from.port, from.address))
  await new Promise<void>(resolve => udp.bind(0, '127.0.0.1', resolve))
  return {
    servers: [server, tls, udp],
    values: { PORT: port, TLS_PORT: tlsPort, DEAD_PORT: deadPort, UDP_PORT: udp.address().port, OTHER_CA: otherCa },
  }
}

async function withPeer(text: string, run: (code: string) => Promise<Results>): Promise<Results> {
  if (!text.includes('PORT')) return run(KIT + text)
  const { servers, values } = await openPeer(text.includes('BUSY_PORT'))
  const named = Object.entries(values).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  try {
    return await run(`${KIT}var ${named.join(',')};\n${text}`)
  } finally {
    for (const server of servers) server.close()
  }
}

export function runOnVirtual(text: string): Promise<Results> {
  return withPeer(text, async code => {
    const { take, results } = collector()
    let feed = (_bytes: Uint8Array): void => {}
    // only a probe without wire and peer may outrun real time, and one that waits for it must not
    const isAlone = !/Serial2|Loopback|PORT|while \(getTime/.test(code)
    const dongle = openVirtualDongle({
      clock: isAlone ? openSteppedClock() : openClock(1),
      bundle: { code, filename: 'probe.js' },
      openLine: port => {
        feed = port
        return { setNoise: () => {}, stop: () => {} }
      },
      tell: event => {
        if (event.event !== 'print') return
        take(event.line)
        if (event.line === 'ready') setImmediate(() => feed(P1_BYTES))
      },
    })
    try {
      return await results
    } finally {
      await dongle.stop()
    }
  })
}

export function runOnEngine(engine: string, text: string): Promise<Results> {
  return withPeer(text, async code => {
    const hasP1 = text.includes('Serial2')
    const running = await startRealEngine({ engine, bundle: code, hasP1 })
    try {
      if (hasP1) {
        await running.waitFor(/^ready$/)
        running.sendP1(P1_BYTES)
      }
      await running.waitFor(/^#done$/)
      const { take, results } = collector()
      for (const line of running.lines) take(line)
      return await results
    } finally {
      await running.stop()
    }
  })
}
