// A simulated board at the end of a serial line, without an operating system in between.

import type { SerialLine } from '../../../installer/flash/serial-line.ts'
import type { Board } from './board.ts'

export function lineTo(board: Board, hasControlLines = true): SerialLine {
  let baud = 115200
  let isOpen = true
  let lost: () => void = () => {}
  let listener: (bytes: Uint8Array) => void = () => {}
  board.onSend(
    bytes =>
      void setImmediate(() => {
        if (isOpen) listener(bytes)
      }),
  )
  board.onLost(() => {
    isOpen = false
    lost()
  })
  return {
    path: 'simulated',
    get isOpen() {
      return isOpen
    },
    hasControlLines,
    onData: to => {
      listener = to
    },
    onLost: listener => {
      lost = listener
    },
    write: async bytes => {
      if (!isOpen) throw new Error('the port is closed')
      board.receive(bytes, baud)
    },
    setBaud: async to => {
      baud = to
    },
    setLines: async lines => board.setLines(lines),
    close: async () => {
      isOpen = false
    },
  }
}
