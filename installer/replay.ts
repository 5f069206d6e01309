// `nrt replay …`: messages of dongles that could not be stored, and what becomes of them. Looking into one, trying again and dropping are
// written down in the audit by the backend.

import { Command, InvalidArgumentError } from 'commander'
import type { Letter, LetterContent, ReplayedLetters } from '../shared/schema/operating.ts'
import { askOperator, guarded, listOfOperator, print } from './operator-rest.ts'

const HELP = `
  nrt replay list             which wait, and why
  nrt replay show 12          the bytes of one, in hexadecimal; they may be somebody's readings
  nrt replay run              all again, after a fix; or one: nrt replay run 12
  nrt replay drop 12          erases it for good

show, run and drop are events of the audit. The operator key is read from NRT_OPERATOR_KEY, the address of the backend from NRT_URL.
Exit codes: 0 done; 1 refused, or (run) some are still bad; 2 the question could not be asked.`

export function replayCommand(): Command {
  const command = new Command('replay').description('messages that could not be stored').addHelpText('after', HELP)
  const exits = async (work: () => Promise<number>): Promise<void> => {
    process.exitCode = await guarded(command, work)
  }
  command
    .command('list')
    .description('those that wait, oldest first')
    .option('--json', 'one JSON object a line')
    .action(({ json }: { json?: boolean }) => exits(() => list(json === true)))
  command
    .command('show')
    .description('what is in one')
    .argument('<no>', 'its number', wholeNumber)
    .action((no: number) =>
      exits(async () => {
        print((await askOperator<LetterContent>('GET', `/dead-letters/${no}`)).hex)
        return 0
      }),
    )
  command
    .command('run')
    .description('tries one, or all, again')
    .argument('[no]', 'its number', wholeNumber)
    .option('--json', 'what became of them as one JSON object')
    .action((no: number | undefined, { json }: { json?: boolean }) =>
      exits(async () => {
        const replayed = await askOperator<ReplayedLetters>(
          'POST',
          '/dead-letters/replay',
          no === undefined ? {} : { no },
        )
        const { stored, duplicate, stillBad } = replayed
        print(
          json ? JSON.stringify(replayed) : `${stored} stored, ${duplicate} were there already, ${stillBad} still bad`,
        )
        return stillBad === 0 ? 0 : 1
      }),
    )
  command
    .command('drop')
    .description('erases one for good')
    .argument('<no>', 'its number', wholeNumber)
    .action((no: number) =>
      exits(async () => {
        print(`dropped: ${lineOf(await askOperator<Letter>('POST', `/dead-letters/${no}/drop`, {}))}`)
        return 0
      }),
    )
  return command
}

async function list(isJson: boolean): Promise<number> {
  let count = 0
  for await (const letter of listOfOperator<Letter>('/dead-letters')) {
    count++
    print(isJson ? JSON.stringify(letter) : lineOf(letter))
  }
  if (count === 0 && !isJson) process.stderr.write('nothing waits\n')
  return 0
}

function lineOf({ no, dongleId, reason, receivedAtMs, sealedBytes }: Letter): string {
  return `${no}  ${new Date(receivedAtMs).toISOString()}  ${dongleId}  ${reason}  ${sealedBytes} bytes`
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('It is a whole number, as nrt replay list has it.')
  return Number(text)
}
