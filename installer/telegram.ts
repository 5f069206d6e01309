// `nrt telegram FILE|-`: every readout in a file or stream, explained line by line or as JSON. It reads and prints; what a
// telegram means is shared/telegram's, the words are telegram-words.ts's.

import { createReadStream } from 'node:fs'
import { styleText } from 'node:util'
import { Command } from 'commander'
import { createSplitter, type EncryptedFrame, split } from '../shared/telegram/encrypted.ts'
import { createFramer, feed, finish, type Readout } from '../shared/telegram/framer.ts'
import { parseTelegram } from '../shared/telegram/parse.ts'
import { guarded, print } from './operator-rest.ts'
import { explainEncrypted, explainReadout, explainSummary, type Style } from './telegram-explain.ts'
import { encryptedJson, telegramJson } from './telegram-json.ts'

/** Luxembourg allows five texts of 2,048 hex digits: more than a dongle would take. */
const BYTES_MAX = 16_384

const HELP = `
FILE holds what came from a P1 port, any number of telegrams, from any moment on; - reads it from standard input while it comes.
Each line is shown with its meaning and value; what is odd has a caret under it. Values of a telegram with a wrong checksum are
not shown: none of them can be trusted.

With --json each readout is one object on a line: {crcOk, meterSerial, timeS, offtakeT1Wh, ..., faults}. Energy is in Wh, power in
W, voltage in dV (0.1 V), current in cA (0.01 A), gas and water in dm3, heat in MJ, times in epoch seconds; what the meter does
not say is left out.

Exit codes: 0 at least one telegram, all of them good; 1 none, or a bad one among them; 2 the file cannot be read.

Examples:
  nrt telegram capture.txt
  nrt telegram --json capture.txt | jq .offtakeW
  cat /dev/ttyUSB0 | nrt telegram -`

export function telegramCommand(): Command {
  return new Command('telegram')
    .description('explain the telegrams of a P1 port')
    .argument('<file>', 'what came from the port; - is standard input')
    .option('--json', 'one JSON object per readout instead of words')
    .addHelpText('after', HELP)
    .action(async (file: string, options: { json?: boolean }, command: Command) => {
      process.exitCode = await guarded(command, () => run(file, options.json === true))
    })
}

async function run(file: string, isJson: boolean): Promise<number> {
  const input = file === '-' ? process.stdin : createReadStream(file)
  const framer = createFramer(BYTES_MAX)
  const splitter = createSplitter()
  let good = 0
  let bad = 0
  const show = (readouts: Readout[]) => {
    for (const readout of readouts) {
      const telegram = parseTelegram(readout)
      if (telegram.isTrusted) good++
      else bad++
      print(isJson ? JSON.stringify(telegramJson(telegram)) : explainReadout(readout, telegram, good + bad, style))
    }
  }
  const showFrame = (frame: EncryptedFrame) => {
    bad++
    print(isJson ? JSON.stringify(encryptedJson(frame)) : explainEncrypted(frame, style))
  }
  for await (const chunk of input) {
    for (const part of split(splitter, chunk as Uint8Array)) {
      if (part instanceof Uint8Array) show(feed(framer, part))
      else showFrame(part)
    }
  }
  show(feed(framer, splitter.pending))
  show(finish(framer))
  if (!isJson) print(explainSummary(framer.counters, good, bad))
  return good > 0 && bad === 0 ? 0 : 1
}

/** Colours on a terminal only, and not with NO_COLOR; styleText looks at both. */
const style: Style = {
  odd: text => styleText(['red', 'bold'], text, { stream: process.stdout }),
  good: text => styleText('green', text, { stream: process.stdout }),
  faint: text => styleText('dim', text, { stream: process.stdout }),
}
