// What `nrt label` does once its command line was understood.

import { ungrouped } from '../../shared/kernel/claim-code.ts'
import { isDongleId } from '../../shared/kernel/ids.ts'
import { backendAccess } from '../flash/access.ts'
import { replaceClaimCode } from '../flash/backend.ts'
import { connectChip } from '../flash/chip.ts'
import { readFlashConfig } from '../flash/config.ts'
import { hashOfClaimCode, newClaimCode } from '../flash/identity.ts'
import type { LabelOptions } from '../flash/options.ts'
import { identityIn } from '../flash/plan.ts'
import { openSerialLine } from '../flash/serial-line.ts'
import { type Show, showFor } from '../flash/show.ts'
import { exitCodeOf, Trouble, troubleOf } from '../flash/trouble.ts'
import { phrase } from '../text/say.ts'
import { checkLabels, writeLabel } from './write.ts'

/** Returns the exit code; throws nothing. */
export async function runLabel(typed: string, options: LabelOptions): Promise<number> {
  const show = showFor(options)
  try {
    const dongleId = ungrouped(typed)
    if (!isDongleId(dongleId)) throw new Trouble('dongle.bad-id', { id: typed })
    const access = backendAccess(options.backend, options.keyFile, process.env)
    checkLabels(options.labels)
    const setupPassword = options.port === undefined ? undefined : await askDongle(dongleId, options, show)
    const claimCode = newClaimCode()
    await replaceClaimCode(access, dongleId, hashOfClaimCode(claimCode))
    show.done('register', phrase('register.new-code'), { dongleId })
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
    const askForBoot = (): void => show.ask(phrase('connect.boot'))
    const chip = await connectChip(line, { wanted: config.board, baud: 115_200, attempts: 5, askForBoot })
    const { at, kB } = config.flash.regions.system
    const identity = identityIn(await chip.read(Number(at), kB * 1024))
    if (identity?.dongleId !== dongleId) throw new Trouble('chip.other-dongle', { id: dongleId })
    show.done('identity', phrase('identity.is', { id: dongleId }), { dongleId })
    await chip.start()
    return identity.setupPassword
  } finally {
    await line.close()
  }
}
