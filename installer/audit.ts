// `nrt audit verify`: is every audited event as it was written? It asks the backend, which walks the chain, and says where it first breaks.
// `nrt audit log`: the events that belong to no dongle and no update, those of accounts.

import { Command, InvalidArgumentError } from 'commander'
import type { AccountEvent, AuditVerdict } from '../shared/schema/audit.ts'
import { askOperator, guarded, languageOfCommand, listOfOperator, print } from './operator-rest.ts'
import type { Language } from './text/language.ts'
import { phrase, say } from './text/say.ts'

const HELP = `
Each event's hash covers the event and the hash before it, over all of custody, orders, updates, the access register and accounts.
Keep the line "newest" somewhere else (paper will do): with --expect it shows that nothing was cut off the end, and that the whole was not written anew.

The operator key is read from NRT_OPERATOR_KEY, the address of the backend from NRT_URL (default http://127.0.0.1:8080).
Exit codes: 0 whole; 1 broken; 2 the question could not be asked.

Examples:
  nrt audit verify
  nrt audit verify --expect 1234:5f0c…e1`

interface Options {
  expect?: { no: number; hash: string }
  json?: boolean
}

export function auditCommand(): Command {
  const command = new Command('audit').description('whether what was written down is still what was written down')
  command
    .command('verify')
    .description('walk the whole chain')
    .option('--expect <no:hash>', 'a newest link as it was once', link)
    .option('--json', 'the verdict as one JSON object')
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      process.exitCode = await guarded(command, () => verify(options, languageOfCommand(command)))
    })
  command
    .command('log')
    .description('accounts opened, keys made, people linked with the access register, data erased; newest first')
    .option('--json', 'one JSON object a line')
    .action(async ({ json }: { json?: boolean }) => {
      process.exitCode = await guarded(command, async () => {
        const events = listOfOperator<AccountEvent>('/account-events')
        for await (const item of events) print(json ? JSON.stringify(item) : eventLine(item))
        return 0
      })
    })
  return command
}

function eventLine({ atS, event, accountId, actor, detail }: AccountEvent): string {
  const when = new Date(atS * 1000).toISOString().slice(0, 19).replace('T', ' ')
  return `${when}  ${event}  ${accountId}  by ${actor}  ${detail ?? ''}`.trimEnd()
}

async function verify({ expect, json }: Options, language: Language): Promise<number> {
  const query = expect === undefined ? '' : `?no=${expect.no}&hash=${expect.hash}`
  const verdict = await askOperator<AuditVerdict>('GET', `/audit/verdict${query}`)
  print(json ? JSON.stringify(verdict) : inWords(verdict, language))
  return verdict.isWhole ? 0 : 1
}

function inWords({ events, newest, broken }: AuditVerdict, language: Language): string {
  const lines = [phrase('audit.whole', { events })]
  if (newest !== null) lines.push(phrase('audit.newest', { newest: `${newest.no}:${newest.hash}` }))
  if (broken === null) return lines.map(line => say(line, language)).join('\n')
  const event = broken.table === null ? '' : ` (${broken.table} ${broken.eventNo})`
  const facts = { events, event, why: phrase(`audit.${broken.why}`) }
  const place =
    broken.no === null ? phrase('audit.broken-after', facts) : phrase('audit.broken-at', { ...facts, no: broken.no })
  return `${say(place, language)} (${broken.why})`
}

function link(text: string): { no: number; hash: string } {
  const [, no, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? []
  if (no === undefined || hash === undefined) throw new InvalidArgumentError('It is NUMBER:HASH, as "newest" said it.')
  return { no: Number(no), hash }
}
