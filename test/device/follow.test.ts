// The dongle's short way of judging a telegram, on the engine itself: its verdicts are those of a CRC over every byte.

import { expect, test } from 'vitest'
import { householdTelegrams, TELEGRAM_BYTES } from '../../bench/device/households.ts'
import { openStorage } from '../../firmware/host/storage.ts'
import { bundleFirmware } from '../../scripts/build-firmware.ts'
import { findEngine, fitEngineVersion, startRealEngine } from '../support/real-engine.ts'

const TELEGRAMS = 12
const CHANGES = 20
const RUN_MS = 200_000

const engine = findEngine()
const version = engine && fitEngineVersion(engine)

test.skipIf(!version)(
  'on the engine the short way gives the verdicts of a full CRC and the values of a full reading',
  async () => {
    const { code } = await bundleFirmware(new URL('follow-program.ts', import.meta.url).pathname)
    const given = `var TELEGRAMS=${TELEGRAMS},CHANGES=${CHANGES};
function telegramAt(i){return ""+require("Storage").read("telegrams",i*${TELEGRAM_BYTES},${TELEGRAM_BYTES});}`
    const running = await startRealEngine({
      engine: engine!,
      bundle: given + code,
      prepare: chip => {
        openStorage(chip).write('telegrams', Buffer.from(householdTelegrams(TELEGRAMS).join(''), 'latin1'))
      },
    })
    try {
      const line = await running.waitFor(/^FOLLOW/, RUN_MS)
      const [followed, searched, right, differences] = line.split(' ').slice(1).map(Number)
      expect(followed! + searched!).toBe(TELEGRAMS * (CHANGES + 1))
      expect(followed).toBeGreaterThan(TELEGRAMS)
      expect(searched).toBeGreaterThan(TELEGRAMS)
      expect(right).toBeGreaterThanOrEqual(TELEGRAMS)
      expect(differences).toBe(0)
    } finally {
      await running.stop()
    }
  },
  RUN_MS + 20_000,
)
