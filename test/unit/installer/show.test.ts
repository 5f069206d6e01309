// What a person sees of a run, and what a program does.

import { expect, test } from 'vitest'
import { jsonShow, type Show, wordShow } from '../../../installer/flash/show.ts'
import { Trouble } from '../../../installer/flash/trouble.ts'
import { phrase } from '../../../installer/text/say.ts'

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
  const text = outputOf(true, out => wordShow(out, false, 'en'))
  expect(text).toContain('\r\x1b[K    write     ######.................. 25 % engine')
  expect(text).toContain('\r\x1b[Kok  write     all of it\n')
  expect(text).toContain('>>  press EN\n')
  expect(text).toContain(
    'no  COM3: The port COM3 is in use by another program. (port.busy)\n    Close the serial monitor',
  )
})

test('into a file there are lines only, without bars and colours', () => {
  const text = outputOf(false, out => wordShow(out, true, 'en'))
  expect(text.split('\n')[0]).toBe('ok  write     all of it')
  expect(text).not.toContain('\x1b')
})

test('a program gets one object a line, progress once a percent, and of a failure code, class, exit code and words', () => {
  const lines = outputOf(false, out => jsonShow(out, 'en'))
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

test('in another language the words are its own, step, code and facts the same', () => {
  const run = (show: Show): void => {
    show.done('register', phrase('register.registered'), { dongleId: 'x' })
    show.trouble(new Trouble('port.lost', { doing: phrase('doing.comparing', { part: 'engine' }) }))
  }
  const said = (open: (out: { write(text: string): void; isTTY: boolean }) => Show): string => {
    let text = ''
    const write = (part: string): void => {
      text += part
    }
    run(open({ write, isTTY: false }))
    return text
  }
  expect(said(out => wordShow(out, false, 'nl'))).toBe(
    'ok  registratie geregistreerd\n' +
      'no  De kabel werd uitgetrokken of de poort verdween bij het vergelijken van engine. (port.lost)\n' +
      '    Steek hem weer in en geef hetzelfde commando: het gaat verder vanaf wat op de chip staat.\n',
  )
  const [done, failed] = said(out => jsonShow(out, 'de'))
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(done).toEqual({ step: 'register', state: 'done', dongleId: 'x' })
  expect(failed).toMatchObject({ code: 'port.lost', class: 'port', exitCode: 3 })
  expect(failed.what).toBe('Das Kabel wurde gezogen oder der Anschluss verschwand beim Vergleichen (engine).')
})
