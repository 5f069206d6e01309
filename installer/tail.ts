// `nrt tail DONGLE`: its messages as they come to the backend, a line each: that something came and what became of it. What a reading says
// is its holder's, and is not in them.

import { Command } from 'commander'
import type { TailedMessage } from '../shared/schema/operating.ts'
import { followOperator, guarded, print } from './operator-rest.ts'

const HELP = `
Ends with Ctrl-C, after --count messages, or when the server stops. That somebody followed a dongle is an event of the audit. Where several
backends run, it shows what the one at NRT_URL stores.

The operator key is read from NRT_OPERATOR_KEY, the address of the backend from NRT_URL (default http://127.0.0.1:8080).
Exit codes: 0 done; 1 refused; 2 the question could not be asked.`

export function tailCommand(): Command {
  const command = new Command('tail')
    .description('messages of a dongle as they come')
    .argument('<id>', 'the 13 characters on its label')
    .option('--json', 'one JSON object a line')
    .option('--count <n>', 'end after so many')
    .addHelpText('after', HELP)
  command.action(async (id: string, { json, count }: { json?: boolean; count?: string }) => {
    process.exitCode = await guarded(command, async () => {
      let left = count === undefined ? Number.POSITIVE_INFINITY : Number(count)
      const opened = () => process.stderr.write('following; Ctrl-C ends it\n')
      for await (const data of followOperator(`/dongles/${encodeURIComponent(id)}/messages`, opened)) {
        print(json ? data : lineOf(JSON.parse(data) as TailedMessage))
        left--
        if (left <= 0) break
      }
      return 0
    })
  })
  return command
}

function lineOf(message: TailedMessage): string {
  const at = new Date(message.atMs).toISOString()
  if (message.kind === 'letter') return `${at}  dead letter  ${message.reason}  ${message.bytes} bytes`
  if (message.kind === 'status') {
    const said = Object.entries(message.said).filter(([, value]) => value !== undefined)
    return `${at}  status  ${said.map(([name, value]) => `${name} ${value}`).join('  ')}`
  }
  const { boot, firstSeq, span, readings, newestReadingS, outcome, reason, losses } = message
  const age = newestReadingS === null ? '' : `  newest ${Math.round(message.atMs / 1000) - newestReadingS} s old`
  const lost = losses.map(loss => `  ${loss.count} lost (${loss.reason})`).join('')
  const why = reason === null ? '' : ` (${reason})`
  return `${at}  batch  boot ${boot} seq ${firstSeq}–${firstSeq + span - 1}  ${readings} readings${lost}${age}  ${outcome}${why}`
}
