// The loader on the real engine, from its flash file: what a release on trial is blamed for, by what the chip's register says of each start.

import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { SLOTS_AT } from '../../firmware/config.ts'
import { type FlashChip, PAGE_BYTES } from '../../firmware/host/flash.ts'
import { prepareProgram } from '../../firmware/host/prepare-flash.ts'
import { bundleBoot } from '../../scripts/build-boot.ts'
import { markWhole, releaseBytes, SLOT_SECTORS } from '../../shared/update/slots.ts'
import { endedAfterEach, fitEngine } from '../support/machines.ts'
import { RESET_BROWN_OUT, RESET_POWER, RESET_SOFTWARE, startRealEngine } from '../support/real-engine.ts'

const engine = fitEngine()
const opened = endedAfterEach()
const text = (code: string) => new Uint8Array(Buffer.from(code, 'latin1'))
/** Stays, as the dongle's program does. */
const programCalled = (name: string) => text(`print("program ${name}");setInterval(function(){},1e5);`)

/** A release as the updater leaves it in the second slot: whole, and not yet tried. */
function putOnTrial(chip: FlashChip, program: Uint8Array): void {
  const at = SLOTS_AT[1] as number
  for (let sector = 0; sector < SLOT_SECTORS; sector++) chip.erasePage(at + sector * PAGE_BYTES)
  const sha256 = new Uint8Array(createHash('sha256').update(program).digest())
  const release = { generation: 2, version: 2, floor: 0, bytes: program.length, number: 1, soakS: 600, sha256 }
  chip.write(at, releaseBytes(release, { crc32: bytes => crc32(bytes) }))
  chip.write(at + PAGE_BYTES, program)
  markWhole({ write: (offset: number, bytes: Uint8Array) => chip.write(at + offset, bytes) } as never)
}

describe.skipIf(!engine)('on the engine', () => {
  test('power cuts and brown-outs count nothing against a release on trial; three restarts of its own are its end', async () => {
    const boot = await bundleBoot()
    const real = await startRealEngine({
      engine: engine!.path,
      restarts: true,
      prepare: chip => {
        const programs = { loader: text(boot.loader), updater: text(boot.updater), rescue: text(boot.rescue) }
        prepareProgram(chip, { ...programs, program: programCalled('1'), version: 1 })
        putOnTrial(chip, programCalled('2'))
      },
    })
    opened.push(real)
    const starts = async (count: number) => {
      await expect
        .poll(() => real.lines.filter(line => line.startsWith('program ')), { interval: 25 })
        .toHaveLength(count)
      return real.lines.filter(line => line.startsWith('loader: ')).at(-1)
    }
    let count = 1
    expect(await starts(count)).toBe(`loader: slot 1, on trial, reset ${RESET_POWER}`)
    for (const cause of [RESET_BROWN_OUT, RESET_POWER, RESET_BROWN_OUT, RESET_BROWN_OUT, RESET_BROWN_OUT]) {
      await real.powerCycle(cause)
      expect(await starts(++count)).toBe(`loader: slot 1, on trial, reset ${cause}`)
    }
    for (let i = 0; i < 2; i++) {
      await real.powerCycle(RESET_SOFTWARE)
      expect(await starts(++count)).toBe(`loader: slot 1, on trial, reset ${RESET_SOFTWARE}`)
    }
    await real.powerCycle(RESET_SOFTWARE)
    expect(await starts(++count)).toBe(`loader: slot 0, reset ${RESET_SOFTWARE}`)
    expect(real.lines.filter(line => line === 'program 1')).toHaveLength(1)
  })
})
