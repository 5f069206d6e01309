// A door behind which there is nobody, as a process of its own: takes a connection and closes it, which is the least that anything can do with one.
// What a hostile client does to honest dongles from here it does by being on the same machine. Its port is its first message.

import { type AddressInfo, createServer } from 'node:net'

const server = createServer({ pauseOnConnect: true }, socket => {
  socket.on('error', () => {})
  socket.destroy()
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit(0))
