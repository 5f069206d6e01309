// What the embedded broker's conversations use of a socket, doing nothing: for tests that choose each piece that comes, or look at each write.

import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type { Door } from '../../gateway/broker/listener.ts'

export class FakeSocket extends EventEmitter {
  writableLength = 0
  pause(): void {}
  resume(): void {}
  cork(): void {}
  uncork(): void {}
  write(_bytes: Uint8Array): void {}
  destroySoon(): void {}
  destroy(): void {}
}

/** As the listener gives it to the conversations; nobody is blamed. */
export function doorOf(socket: FakeSocket): Door {
  return { socket: socket as unknown as Socket, admit() {}, excuse() {}, blame() {} }
}
