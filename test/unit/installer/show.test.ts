// What a person sees of a run, and what a program does.

import { expect, test } from 'vitest'
import { jsonShow, type Show, wordShow } from '../../../installer/flash/show.ts'
import { Trouble } from '../../../installer/flash/trouble.ts'

function outputOf(isTTY: boolean, open: (out: { write(text: string): void; isTTY: boolean }) => Show) {
  let text = ''
  const write = (part: string): void => {
    text += part
  }
  const show = open({ write, isTTY })
  show.progress('write', 0.25, 'engine')
  show.progress('write', 0.251, 'engine')
  show.done('write', 'all of it', { bytes: 7 })
  show.ask('press EN')
  show.trouble(new Trouble('port.busy', { port: 'COM3' }), 'COM3')
  return text
}

test('on a terminal a bar runs where the line of the step will stand', () => {
  const text = outputOf(true, out => wordShow(out, false))
  expect(text).toContain('\r\x1b[K    write     ######.................. 25 % engine')
  expect(text).toContain('\r\x1b[Kok  write     all of it\n')
  expect(text).toContain('>>  press EN\n')
  expect(text).toContain(
    'no  COM3: The port COM3 is in use by another program. (port.busy)\n    Close the serial monitor',
  )
})

test('into a file there are lines only, without bars and colours', () => {
  const text = outputOf(false, out => wordShow(out, true))
  expect(text.split('\n')[0]).toBe('ok  write     all of it')
  expect(text).not.toContain('\x1b')
})

test('a program gets one object a line, progress once a percent, and of a failure code, class, exit code and words', () => {
  const lines = outputOf(false, jsonShow)
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(lines).toEqual([
    { step: 'write', state: 'progress', percent: 25, doing: 'engine' },
    { step: 'write', state: 'done', bytes: 7 },
    { step: 'ask', state: 'waiting', ask: 'press EN' },
    {
      step: 'failed',
      state: 'failed',
      port: 'COM3',
      code: 'port.busy',
      class: 'port',
      exitCode: 3,
      what: 'The port COM3 is in use by another program.',
      next: expect.stringContaining('serial monitor'),
    },
  ])
})
