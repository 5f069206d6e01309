// `nrt audit verify`: is every audited event as it was written? It asks the backend, which walks the chain, and says where it first breaks.

import { Command, InvalidArgumentError } from 'commander'
import type { AuditBreak, AuditVerdict } from '../shared/schema/audit.ts'
import { askOperator, guarded, print } from './operator-rest.ts'

const HELP = `
Each event's hash covers the event and the hash before it, over all of custody, orders, updates and the access register. Keep the line
"newest" somewhere else (paper will do): with --expect it shows that nothing was cut off the end, and that the whole was not written anew.

The operator key is read from NRT_OPERATOR_KEY, the address of the backend from NRT_URL (default http://127.0.0.1:8080).
Exit codes: 0 whole; 1 broken; 2 the question could not be asked.

Examples:
  nrt audit verify
  nrt audit verify --expect 1234:5f0c…e1`

const WORDS: { [why in AuditBreak]: string } = {
  'link-missing': 'a link was taken out of the chain',
  'event-missing': 'the event was removed',
  mismatch: 'the event, its place or its hash was changed',
  unsealed: 'an event was written beside the chain',
  'not-expected': 'the chain does not have the link that was expected: it was cut off or written anew',
}

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
      process.exitCode = await guarded(command, () => verify(options))
    })
  return command
}

async function verify({ expect, json }: Options): Promise<number> {
  const query = expect === undefined ? '' : `?no=${expect.no}&hash=${expect.hash}`
  const verdict = await askOperator<AuditVerdict>('GET', `/audit/verdict${query}`)
  print(json ? JSON.stringify(verdict) : inWords(verdict))
  return verdict.isWhole ? 0 : 1
}

function inWords({ events, newest, broken }: AuditVerdict): string {
  const head = newest === null ? '' : `\nnewest ${newest.no}:${newest.hash}`
  if (broken === null) return `ok: ${events} events, each as it was written${head}`
  const event = broken.table === null ? '' : ` (${broken.table} ${broken.eventNo})`
  const place = broken.no === null ? `after link ${events}` : `at link ${broken.no}`
  return `BROKEN ${place}${event}: ${WORDS[broken.why]}. The ${events} before fit.`
}

function link(text: string): { no: number; hash: string } {
  const [, no, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? []
  if (no === undefined || hash === undefined) throw new InvalidArgumentError('It is NUMBER:HASH, as "newest" said it.')
  return { no: Number(no), hash }
}
