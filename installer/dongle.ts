// `nrt dongle …`: an operator's way to a dongle in the field. It speaks REST with the operator key from NRT_OPERATOR_KEY (never from an
// argument, which others on the machine could read) and knows the API's words only.

import { readFileSync } from 'node:fs'
import { Argument, Command } from 'commander'
import { OPERATOR_ACTS } from '../shared/schema/custody.ts'
import { WishSchema } from '../shared/schema/dongle.ts'
import { askOperator, guarded, listOfOperator, print } from './operator-rest.ts'
import { dongleIdOf, secondsOf } from './typed.ts'

interface Event {
  atS: number
  state: string
  actor: string
}
interface LifeEvent {
  atS: number
  event: string
  reason: string | null
  toState: string
  actor: string
}
export interface Order {
  orderId: string
  name: string
  state: string
  report?: string
  events: Event[]
}

const ID = 'the 13 characters on its label'
const WHAT = WishSchema.anyOf.map(wish => wish.properties.name.const)

const HELP = `
What to ask:
  interval --seconds N        a batch every N seconds (1 to 900)
  fields [--fields A,B,…]     keep and send these fields only; all, if left out
  stop, resume                stop uploading, and go on; measuring goes on meanwhile
  network --ssid NAME [--host H] [--port P]
                              another Wi-Fi, its password from the first line of standard input; or another gateway.
                              Without a session within ten minutes the dongle goes back to what it had.
  diagnose                    its last lines
  restart
  rotate-key                  a new device key; the old one is taken for seven days more
  wipe                        erases readings and Wi-Fi; the dongle must be set up anew
  console --seconds N         opens its console for N seconds (1 to 3600)

The operator key is read from NRT_OPERATOR_KEY, the address of the backend from NRT_URL (default http://127.0.0.1:8080).
Exit codes: 0 done (with --wait) or taken; 1 refused, returned, failed, expired or not known; 2 the question could not be asked.

Examples:
  nrt dongle command 0123456789AB9 interval --seconds 60
  nrt dongle command 0123456789AB9 diagnose --wait 30
  echo 'the password' | nrt dongle command 0123456789AB9 network --ssid Cellar --wait 900`

interface Options {
  json?: boolean
  wait?: string
  seconds?: string
  fields?: string
  ssid?: string
  host?: string
  port?: string
}

/** States of an order that is not settled. */
export const OPEN = ['queued', 'sent', 'begun']
const POLL_MS = 500

export function dongleCommand(): Command {
  const command = new Command('dongle').description('ask something of a dongle, or about it')
  command
    .command('show')
    .description('state, key epoch, signs of a clone')
    .argument('<id>', ID)
    .action(async (id: string) => {
      process.exitCode = await guarded(command, async () => {
        print(JSON.stringify(await askOperator('GET', `/dongles/${dongleIdOf(id)}`), undefined, 2))
        return 0
      })
    })
  command
    .command('target-token')
    .description('a new token for a client of the hawkBit interface; the one before is void; needs an own key')
    .argument('<id>', ID)
    .action(async (id: string) => {
      process.exitCode = await guarded(command, async () => {
        const path = `/dongles/${dongleIdOf(id)}/target-token`
        print((await askOperator<{ token: string }>('POST', path)).token)
        return 0
      })
    })
  command
    .command('orders')
    .description('what was asked of it, newest first')
    .argument('<id>', ID)
    .option('--json', 'one JSON object a line')
    .action(async (id: string, options: Options) => {
      process.exitCode = await guarded(command, async () => {
        for await (const order of listOfOperator<Order>(`/dongles/${dongleIdOf(id)}/orders`)) show(order, options)
        return 0
      })
    })
  command
    .command('events')
    .description('its life, newest first: claimed, bound, moved, lost …, and by whom')
    .argument('<id>', ID)
    .action(async (id: string) => {
      process.exitCode = await guarded(command, async () => {
        const events = listOfOperator<LifeEvent>(`/dongles/${dongleIdOf(id)}/events`)
        for await (const { atS, event, reason, toState, actor } of events) {
          const why = reason === null ? '' : ` (${reason})`
          print(`${new Date(atS * 1000).toISOString()}  ${event}${why}  ${toState}  by ${actor}`)
        }
        return 0
      })
    })
  command
    .command('act')
    .description('what only its state allows: report-lost, found, give-away, clear-clone, retire')
    .argument('<id>', ID)
    .addArgument(new Argument('<act>').choices(OPERATOR_ACTS))
    .action(async (id: string, act: string) => {
      process.exitCode = await guarded(command, async () => {
        print(JSON.stringify(await askOperator('POST', `/dongles/${dongleIdOf(id)}/acts`, { act }), undefined, 2))
        return 0
      })
    })
  command
    .command('command')
    .description('ask something of it')
    .argument('<id>', ID)
    .addArgument(new Argument('<what>', 'see below').choices(WHAT))
    .option('--seconds <n>', 'of interval and console')
    .option('--fields <names>', 'of fields: separated by commas')
    .option('--ssid <name>', 'of network: the Wi-Fi')
    .option('--host <name>', 'of network: the gateway')
    .option('--port <n>', 'of network: the gateway')
    .option('--wait <s>', 'wait so long for the answer')
    .option('--json', 'the order as one JSON object')
    .addHelpText('after', HELP)
    .action(async (id: string, what: string, options: Options) => {
      process.exitCode = await guarded(command, () => order(id, what, options))
    })
  return command
}

async function order(id: string, what: string, options: Options): Promise<number> {
  const path = `/dongles/${dongleIdOf(id)}/orders`
  const waitMs = options.wait === undefined ? 0 : secondsOf('--wait', options.wait) * 1000
  let asked = await askOperator<Order>('POST', path, wishOf(what, options))
  const untilMs = performance.now() + waitMs
  while (OPEN.includes(asked.state) && performance.now() < untilMs) {
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
    const { items } = await askOperator<{ items: Order[] }>('GET', path)
    asked = items.find(one => one.orderId === asked.orderId) ?? asked
  }
  show(asked, options)
  return OPEN.includes(asked.state) || asked.state === 'done' ? 0 : 1
}

/** The backend checks it; here only what a shell makes of numbers and lists. */
function wishOf(name: string, { seconds, fields, ssid, host, port }: Options): object {
  return {
    name,
    ...(seconds === undefined ? {} : { seconds: Number(seconds) }),
    ...(name === 'fields' ? { fields: fields === undefined ? [] : fields.split(',') } : {}),
    ...(ssid === undefined ? {} : { networks: [{ ssid, password: firstLine() }] }),
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port: Number(port) }),
  }
}

function firstLine(): string {
  return readFileSync(0, 'utf8').split(/\r?\n/, 1)[0] as string
}

function show(asked: Order, { json }: Options): void {
  if (json) {
    print(JSON.stringify(asked))
    return
  }
  const steps = asked.events.map(({ atS, state, actor }) => `${state} ${new Date(atS * 1000).toISOString()} (${actor})`)
  print(`${asked.name}: ${asked.state}\n  ${steps.join('\n  ')}`)
  if (asked.report !== undefined) print(asked.report.replaceAll(/^/gm, '  | '))
}
