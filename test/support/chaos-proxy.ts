// A TCP line between two parts that can be hurt while it is in use: dropped, half-open, reset, slow, corrupted, narrow (chaos-flow.ts). Without a
// fault it carries bytes, ends and back-pressure as they come. Stands between every pair of parts in test/chaos.

import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Random } from '../../shared/kernel/random.ts'
import { createFlow, type Flow, type LineFault } from './chaos-flow.ts'

export interface ChaosProxy {
  readonly port: number
  /** Hurts the line; without an argument it is healed. */
  set(fault?: LineFault): void
  /** New connections lead there from now on; the old ones are cut, as a balancer does when it fails over. */
  retarget(toPort: number): void
  /** Connections that both ends may use. */
  connections(): number
  stop(): Promise<void>
}

/** One way of a connection. */
interface Way {
  from: Socket
  to: Socket
  flow: Flow
  hasEnded: boolean
  timer: NodeJS.Timeout | undefined
}

interface Connection {
  near: Socket
  /** Undefined until it may be made. */
  far: Socket | undefined
  ways: Way[]
  /** Both ends have it, and nothing passes any more. */
  isForgotten: boolean
}

/** So much waits for a slow end before its other end is read no further. */
const WAITING_BYTES_MAX = 262_144

export async function startChaosProxy(toPort: number, random: Random, port = 0): Promise<ChaosProxy> {
  const connections = new Set<Connection>()
  let targetPort = toPort
  let fault: LineFault | undefined
  let resetting: NodeJS.Timeout | undefined

  const server = createServer({ allowHalfOpen: true, noDelay: true }, near => {
    const connection: Connection = { near, far: undefined, ways: [], isForgotten: false }
    connections.add(connection)
    near.pause()
    near.on('error', () => {}) // its close follows
    near.on('close', () => closed(connection, near))
    if (fault?.kind !== 'drop') extend(connection)
  })

  /** Makes the far half, and lets bytes through. */
  function extend(connection: Connection): void {
    const { near } = connection
    const far = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    connection.far = far
    far.on('error', () => {})
    far.on('close', () => closed(connection, far))
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      const way: Way = { from, to, flow: createFlow(random), hasEnded: false, timer: undefined }
      connection.ways.push(way)
      from.on('data', chunk => {
        if (connection.isForgotten) return
        way.flow.push(chunk, performance.now(), fault)
        pump(connection, way)
      })
      from.on('end', () => {
        way.hasEnded = true
        pump(connection, way)
      })
      to.on('drain', () => pump(connection, way))
      from.resume()
    }
  }

  function pump(connection: Connection, way: Way): void {
    const { from, to, flow } = way
    clearTimeout(way.timer)
    // as a machine does that has closed: who goes on sending is reset
    if (to.destroyed && flow.waiting() > 0 && fault?.kind !== 'drop') from.resetAndDestroy()
    if (!connection.isForgotten && fault?.kind !== 'drop' && to.writable && !to.writableNeedDrain) {
      for (const piece of flow.take(performance.now())) to.write(piece)
      const nextMs = flow.nextMs()
      if (nextMs !== undefined) way.timer = setTimeout(pump, Math.max(0, nextMs - performance.now()), connection, way)
      else if (way.hasEnded) to.end()
    }
    if (flow.waiting() > WAITING_BYTES_MAX || to.writableNeedDrain) from.pause()
    else from.resume()
  }

  /** What one end does, the other hears, unless nothing passes: then it hears of it when the line is healed. */
  function closed(connection: Connection, end: Socket): void {
    const { near, far, isForgotten, ways } = connection
    if (isForgotten || fault?.kind === 'drop') return
    const other = end === near ? far : near
    if (other === undefined || other.destroyed) connections.delete(connection)
    // an end in order: what is under way still arrives, and pump() ends the other side behind it
    if (ways.some(way => way.from === end && way.hasEnded)) return
    for (const way of ways) clearTimeout(way.timer)
    other?.resetAndDestroy()
  }

  function resetAll(): void {
    for (const connection of connections) {
      if (connection.isForgotten) continue
      connection.near.resetAndDestroy()
      connection.far?.resetAndDestroy()
    }
  }

  function heal(): void {
    clearInterval(resetting)
    const nowMs = performance.now()
    for (const connection of connections) {
      const { near, far, ways, isForgotten } = connection
      if (isForgotten) continue
      if (near.destroyed) closed(connection, near)
      else if (far === undefined) extend(connection)
      else if (far.destroyed) closed(connection, far)
      for (const way of ways) {
        way.flow.heal(nowMs)
        pump(connection, way)
      }
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      fault = undefined
      heal()
      fault = next
      if (next?.kind === 'half-open') for (const connection of connections) connection.isForgotten = true
      if (next?.kind === 'reset') {
        resetAll()
        resetting = setInterval(resetAll, next.everyMs)
      }
    },
    retarget(nextPort) {
      targetPort = nextPort
      resetAll()
    },
    connections: () => [...connections].filter(({ isForgotten }) => !isForgotten).length,
    async stop() {
      clearInterval(resetting)
      fault = undefined
      for (const { near, far, ways } of connections) {
        near.destroy()
        far?.destroy()
        for (const way of ways) clearTimeout(way.timer)
      }
      await new Promise(resolve => server.close(resolve))
    },
  }
}
