// A port that goes away while something is under way on it. The real one leaves a write unanswered about once in a hundred times;
// here it always does.

import { EventEmitter } from 'node:events'
import type { SerialPort } from 'serialport'
import { expect, test } from 'vitest'
import { lineOf } from '../../../installer/flash/serial-line.ts'

function mutePort() {
  const never = () => {}
  return Object.assign(new EventEmitter(), {
    path: '/dev/none',
    isOpen: true,
    write: never,
    drain: never,
    update: never,
    set: never,
  })
}

test.each(['close', 'error'])('what is under way when the port says %s ends, and the loss is told', async event => {
  const port = mutePort()
  const line = lineOf(port as unknown as SerialPort)
  let isLost = false
  line.onLost(() => {
    isLost = true
  })
  const write = line.write(new Uint8Array(8))
  const speed = line.setBaud(9600)
  const lines = line.setLines({ rts: true, dtr: false })
  port.emit(event, new Error('unplugged'))
  await expect(write).rejects.toThrow('the port is gone')
  await expect(speed).rejects.toThrow('the port is gone')
  await lines
  expect(isLost).toBe(true)
})
