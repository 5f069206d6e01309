// `nrt diagnose`: what is the matter with a dongle, in one sentence, and the one thing to do next; over the cable or through the
// backend. Short enough to be read aloud on the telephone.

import { Command } from 'commander'
import { type Diagnosis, diagnose } from '../shared/doctor/diagnosis.ts'
import { HAPPENINGS_MAX } from '../shared/doctor/happenings.ts'
import type { DiagnosisAnswer } from '../shared/schema/diagnosis.ts'
import { listenToConsole } from './diagnose/cable.ts'
import { OPEN, type Order } from './dongle.ts'
import { listPorts, openSerialLine } from './flash/serial-line.ts'
import { inWords, Trouble } from './flash/trouble.ts'
import { askOperator } from './operator-rest.ts'
import { Refusal } from './refusal.ts'
import type { Language } from './text/language.ts'
import { dongleIdOf, secondsOf } from './typed.ts'

const HELP = `
Over the cable (no id): listens to the dongle's console; it types nothing and restarts nothing. A dongle that has just started is given 45 seconds.
Remote (with an id): asks the backend. The operator key is read from NRT_OPERATOR_KEY, the address of the backend from NRT_URL
(default http://127.0.0.1:8080). With --ask the dongle is made to report afresh first.

Exit codes: 0 all is well; 1 there is something to do; 2 the question could not be asked (arguments, port, backend, key).
docs/diagnosis.md has every verdict with its code.

Examples:
  nrt diagnose                                     the only board on this computer
  nrt diagnose --port /dev/ttyUSB0 --lang nl
  nrt diagnose 0123456789AB9 --ask 30 --json`

const CONSOLE_BAUD = 115_200
const POLL_MS = 300

interface Options {
  port?: string
  seconds: string
  ask?: string
  lang: Language
  json?: boolean
}

export function diagnoseCommand(): Command {
  return new Command('diagnose')
    .description('what is the matter with a dongle, and what to do next')
    .argument('[id]', 'the 13 characters on its label: ask the backend; left out: over the cable')
    .option('--port <path>', 'the serial port it is on; default: the only one there is')
    .option('--seconds <n>', 'listen so long at most', '75')
    .option('--ask <s>', 'remote: have it report first, and wait so long for it')
    .option('--json', 'one JSON object')
    .addHelpText('after', HELP)
    .action(async (id: string | undefined, _options: object, command: Command) => {
      process.exitCode = await run(id, command.optsWithGlobals<Options>())
    })
}

async function run(id: string | undefined, options: Options): Promise<number> {
  try {
    if (id !== undefined && options.port !== undefined)
      throw new Refusal('usage.conflict', { name: 'id', other: '--port', command: 'nrt diagnose' })
    const diagnosis = id === undefined ? await overCable(options) : await remote(id, options)
    show(diagnosis, options)
    return diagnosis.isWell ? 0 : 1
  } catch (error) {
    const { what, next, code } = wordsOf(error as Error, options.lang)
    if (options.json) print(JSON.stringify({ code, what, next }))
    else
      process.stderr.write(
        `nrt diagnose: ${what}${code === undefined ? '' : ` (${code})`}\n${next ? `    ${next}\n` : ''}`,
      )
    return 2
  }
}

function wordsOf(error: Error, language: Language): { what: string; next?: string; code?: string } {
  if (error instanceof Trouble) return { ...inWords(error.code, error.facts, language), code: error.code }
  if (error instanceof Refusal) return { ...error.inWords(language), code: error.code }
  return { what: error.message }
}

async function overCable(options: Options): Promise<Diagnosis & { firmware?: string; facts: object }> {
  const seconds = secondsOf('--seconds', options.seconds)
  const line = await openSerialLine(options.port ?? (await onlyPort()), CONSOLE_BAUD)
  const isShown = !options.json && process.stderr.isTTY
  try {
    // neither reset nor boot mode, whatever opening the port has pulled
    await line.setLines({ rts: false, dtr: false })
    const seen = await listenToConsole(line, {
      timeoutMs: seconds * 1000,
      wallS: () => Math.floor(Date.now() / 1000),
      told: ({ uptimeS }) => {
        if (isShown && uptimeS !== undefined) process.stderr.write(`\rstarted ${uptimeS} s ago, listening … `)
      },
    })
    if (isShown) process.stderr.write('\r\x1b[K')
    const { facts, firmware, happenings } = seen
    return { ...diagnose(facts, happenings.slice(-HAPPENINGS_MAX), options.lang), firmware, facts }
  } finally {
    await line.close()
  }
}

async function onlyPort(): Promise<string> {
  const ports = await listPorts()
  if (ports[0] === undefined) throw new Trouble('port.none')
  if (ports.length > 1) throw new Trouble('port.many', { ports: ports.map(({ path }) => path).join(', ') })
  return ports[0].path
}

async function remote(typed: string, options: Options): Promise<DiagnosisAnswer> {
  const path = `/dongles/${dongleIdOf(typed)}`
  const question = `${path}/diagnosis?lang=${options.lang}`
  if (options.ask === undefined) return askOperator<DiagnosisAnswer>('GET', question)
  const untilMs = performance.now() + secondsOf('--ask', options.ask) * 1000
  const asked = await askOperator<Order>('POST', `${path}/orders`, { name: 'diagnose' })
  const askedAtS = asked.events[0]?.atS ?? 0
  for (;;) {
    const { items } = await askOperator<{ items: Order[] }>('GET', `${path}/orders`)
    const isOpen = OPEN.includes(items.find(one => one.orderId === asked.orderId)?.state ?? 'queued')
    const diagnosis = await askOperator<DiagnosisAnswer>('GET', question)
    // its status follows its answer
    if (!isOpen && (diagnosis.heardAtS ?? 0) >= askedAtS) return diagnosis
    if (performance.now() >= untilMs) {
      process.stderr.write('nrt diagnose: it has not answered yet; this is what is known of it\n')
      return diagnosis
    }
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
  }
}

function show(diagnosis: Diagnosis | DiagnosisAnswer, { json }: Options): void {
  if (json) {
    print(JSON.stringify(diagnosis))
    return
  }
  const { verdict, also, happenings } = diagnosis
  print(`${verdict.say} (${verdict.code})\n  -> ${verdict.next}`)
  for (const { say, next, code } of also) print(`\n${say} (${code})\n  -> ${next}`)
  if (happenings.length > 0) print('')
  for (const { atS, say } of happenings)
    print(`  ${new Date(atS * 1000).toISOString().slice(0, 19).replace('T', ' ')}  ${say}`)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
