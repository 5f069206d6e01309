import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { seededRandom } from '../../../shared/kernel/random.ts'
import { type ChaosProxy, startChaosProxy } from '../../support/chaos-proxy.ts'

/** Answers each chunk with it, and keeps what it heard. */
interface Echo {
  server: Server
  port: number
  sockets: Socket[]
}

async function startEcho(answer = ''): Promise<Echo> {
  const sockets: Socket[] = []
  const server = createServer(socket => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', chunk => socket.write(answer + chunk))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port, sockets }
}

describe('a line between two parts', () => {
  let echo: Echo
  let proxy: ChaosProxy
  const opened: Socket[] = []

  beforeEach(async () => {
    echo = await startEcho()
    proxy = await startChaosProxy(echo.port, seededRandom(3))
  })
  afterEach(async () => {
    for (const socket of [...opened.splice(0), ...echo.sockets]) socket.destroy()
    await proxy.stop()
    echo.server.close()
  })

  function dial(): { socket: Socket; heard(): string } {
    const socket = connect(proxy.port, '127.0.0.1')
    let text = ''
    socket.on('data', chunk => {
      text += chunk
    })
    socket.on('error', () => {})
    opened.push(socket)
    return { socket, heard: () => text }
  }

  test('carries bytes both ways, and the end of either side to the other', async () => {
    const { socket, heard } = dial()
    socket.write('hello')
    await expect.poll(heard).toBe('hello')
    socket.end()
    await once(socket, 'close')
    await expect.poll(() => echo.sockets[0]?.destroyed).toBe(true)
    expect(proxy.connections()).toBe(0)
  })

  test('dropped, it carries nothing and tells nobody; healed, what was sent meanwhile arrives', async () => {
    const { socket, heard } = dial()
    socket.write('a')
    await expect.poll(heard).toBe('a')
    proxy.set({ kind: 'drop' })
    socket.write('b')
    const late = dial()
    late.socket.write('c')
    await once(late.socket, 'connect')
    expect(echo.sockets).toHaveLength(1)
    proxy.set()
    await expect.poll(heard).toBe('ab')
    await expect.poll(late.heard).toBe('c')
  })

  test('an end that went while nothing passed is told when it is healed', async () => {
    const { socket, heard } = dial()
    socket.write('a')
    await expect.poll(heard).toBe('a')
    proxy.set({ kind: 'drop' })
    socket.destroy()
    await once(socket, 'close')
    expect(echo.sockets[0]?.destroyed).toBe(false)
    proxy.set()
    await expect.poll(() => echo.sockets[0]?.destroyed).toBe(true)
  })

  test('half-open, old connections are deaf at both ends for ever, and new ones work', async () => {
    const { socket, heard } = dial()
    socket.write('a')
    await expect.poll(heard).toBe('a')
    proxy.set({ kind: 'half-open' })
    socket.write('b')
    const next = dial()
    next.socket.write('c')
    await expect.poll(next.heard).toBe('c')
    proxy.set()
    next.socket.write('d')
    await expect.poll(next.heard).toBe('cd')
    expect(heard()).toBe('a')
    expect(socket.destroyed).toBe(false)
    expect(echo.sockets[0]?.destroyed).toBe(false)
  })

  test('reset, every connection ends with an error at both ends', async () => {
    const { socket, heard } = dial()
    socket.write('a')
    await expect.poll(heard).toBe('a')
    proxy.set({ kind: 'reset', everyMs: 10_000 })
    await expect.poll(() => socket.errored).toMatchObject({ code: 'ECONNRESET' })
    await expect.poll(() => echo.sockets[0]?.destroyed).toBe(true)
  })

  test('leads elsewhere when it is told to, and cuts what led to the old place', async () => {
    const other = await startEcho('other ')
    const { socket, heard } = dial()
    socket.write('a')
    await expect.poll(heard).toBe('a')
    proxy.retarget(other.port)
    await expect.poll(() => socket.destroyed).toBe(true)
    const next = dial()
    next.socket.write('b')
    await expect.poll(next.heard).toBe('other b')
    for (const one of other.sockets) one.destroy()
    other.server.close()
  })

  test('where one end does not read, the other is read no further', async () => {
    const { socket, heard } = dial()
    socket.write('a')
    await expect.poll(heard).toBe('a')
    echo.sockets[0]?.pause()
    let sent = 0
    const chunk = Buffer.alloc(65_536)
    // until nobody takes any more: what the proxy and both kernels hold is bounded
    const isStuck = () => socket.writableLength > 4_000_000
    while (!isStuck() && sent < 400_000_000) {
      socket.write(chunk)
      sent += chunk.length
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(isStuck()).toBe(true)
  })
})
