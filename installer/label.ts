// `nrt label ID`: a label once more. It makes a new claim code and tells the backend, so the old label is void; the setup password stays
// what it is in the dongle, and comes onto the new label only if the dongle is on a port to be asked.

import { Command } from 'commander'
import { ungrouped } from '../shared/kernel/claim-code.ts'
import { isDongleId } from '../shared/kernel/ids.ts'
import { backendAccess } from './flash/access.ts'
import { replaceClaimCode } from './flash/backend.ts'
import { connectChip } from './flash/chip.ts'
import { readFlashConfig } from './flash/config.ts'
import { hashOfClaimCode, newClaimCode } from './flash/identity.ts'
import { projectFile } from './flash/options.ts'
import { identityIn } from './flash/plan.ts'
import { openSerialLine } from './flash/serial-line.ts'
import { jsonShow, type Show, wordShow } from './flash/show.ts'
import { exitCodeOf, Trouble, troubleOf } from './flash/trouble.ts'
import { writeLabel } from './label/write.ts'

interface LabelOptions {
  port?: string
  backend: string
  keyFile?: string
  labels: string
  printer?: string
  config: string
  json?: boolean
  color: boolean
}

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
    .action(async (id: string, options: LabelOptions) => {
      process.exitCode = await run(id, options)
    })
}

async function run(typed: string, options: LabelOptions): Promise<number> {
  const show = options.json === true ? jsonShow(process.stdout) : wordShow(process.stdout, options.color)
  try {
    const dongleId = ungrouped(typed)
    if (!isDongleId(dongleId)) throw new Trouble('dongle.bad-id', { id: typed })
    const access = backendAccess(options.backend, options.keyFile, process.env)
    const setupPassword = options.port === undefined ? undefined : await askDongle(dongleId, options, show)
    const claimCode = newClaimCode()
    await replaceClaimCode(access, dongleId, hashOfClaimCode(claimCode))
    show.done('register', 'new claim code; the old label is void', { dongleId })
    const wish = { folder: options.labels, printer: options.printer }
    const files = await writeLabel({ dongleId, claimCode, setupPassword }, wish)
    show.done('label', files.join(' '), { dongleId, files, hasSetupPart: setupPassword !== undefined })
    return 0
  } catch (thrown) {
    const trouble = troubleOf(thrown)
    show.trouble(trouble)
    return exitCodeOf(trouble.code)
  }
}

/** The setup password of the dongle on the port. Throws Trouble chip.other-dongle when it is not the one of the label. */
async function askDongle(dongleId: string, options: LabelOptions, show: Show): Promise<string | undefined> {
  const config = readFlashConfig(options.config)
  const line = await openSerialLine(options.port as string, 115_200)
  try {
    const askForBoot = (): void => show.ask('hold BOOT, press and let go of EN, let go of BOOT')
    const chip = await connectChip(line, { wanted: config.board, baud: 115_200, attempts: 5, askForBoot })
    const { at, kB } = config.flash.regions.system
    const identity = identityIn(await chip.read(Number(at), kB * 1024))
    if (identity?.dongleId !== dongleId) throw new Trouble('chip.other-dongle', { id: dongleId })
    show.done('identity', `it is ${dongleId}`, { dongleId })
    await chip.start()
    return identity.setupPassword
  } finally {
    await line.close()
  }
}
