// `nrt label ID`: a label once more. It makes a new claim code and tells the backend, so the old label is void; the setup password stays
// what it is in the dongle, and comes onto the new label only if the dongle is on a port to be asked.

import { Command } from 'commander'
import { type LabelOptions, projectFile } from './flash/options.ts'

const HELP = `
ID is the dongle's id as on the old label; hyphens and small letters do not matter. The new label has a new claim code, and the old
one is void from now on. Without --port it has no Wi-Fi part: that of the old label is still right. With --port the dongle is on the
cable, its setup password is read from it, and it starts again afterwards.

Exit codes: 0 done; 2 the id or the key; 3 port; 4 chip; 7 backend; 8 label.

Examples:
  nrt label BBCD-AYGN-07SR-Q
  nrt label bbcdaygn07srq --port /dev/ttyUSB0 --printer 192.0.2.7:9100`

export function labelCommand(): Command {
  return new Command('label')
    .description('print a label again: new claim code, old label void')
    .argument('<id>', 'the id on the old label')
    .option('-p, --port <path>', 'serial port of the dongle, for the Wi-Fi part')
    .option('--backend <url>', 'where the dongle is registered', 'http://127.0.0.1:8080')
    .option('--key-file <file>', "file with the installer's key")
    .option('--labels <folder>', 'where labels are written', 'labels')
    .option('--printer <where>', 'send the label there as ZPL: HOST:9100 or a device')
    .option('--config <file>', 'flash configuration', projectFile('flash.config.json'))
    .option('--json', 'one JSON object per step')
    .option('--no-color', 'no colours (NO_COLOR does the same)')
    .addHelpText('after', HELP)
    .action(async (id: string, _options: object, command: Command) => {
      const { runLabel } = await import('./label/run.ts')
      process.exitCode = await runLabel(id, command.optsWithGlobals<LabelOptions>())
    })
}
