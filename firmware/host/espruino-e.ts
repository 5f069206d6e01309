// The object E: byte conversions, flags, watchdog, random numbers, reboot. It holds what a dongle may need of the engine's
// some ninety members; what is missing here is a thing the bundle must not use.

import { crc32 } from 'node:zlib'
import { toBinary, toBytes } from './bytes.ts'
import type { HostClock } from './clock.ts'
import type { EmitterEnds } from './emitter.ts'
import type { FlashChip } from './flash.ts'
import { PLAIN_NATIVES } from './natives.ts'
import type { EngineRandom } from './random.ts'
import type { Realm } from './realm.ts'
import { STORAGE_AT, STORAGE_END } from './storage.ts'

const FLAGS = ['deepSleep', 'unsafeFlash', 'unsyncFiles', 'pretokenise', 'jitDebug', 'onErrorSave', 'onErrorFlash']

export interface EngineE {
  api: Record<string, unknown>
  /** Remembered until the bundle asks for it, e.g. FIFO_FULL. */
  flag(name: string): void
  stop(): void
}

export function openE(
  realm: Realm,
  clock: HostClock,
  random: EngineRandom,
  ends: EmitterEnds,
  chip: FlashChip,
  reboot: (reason: string) => never,
  bite: () => void,
): EngineE {
  const flags: Record<string, number> = Object.fromEntries(FLAGS.map(name => [name, 0]))
  let errorFlags: string[] = []
  let cancelWatchdog = (): void => {}
  let watchdogMs: number | undefined

  function armWatchdog(): void {
    cancelWatchdog()
    if (watchdogMs !== undefined) cancelWatchdog = clock.after(watchdogMs, bite)
  }

  return {
    flag: name => {
      if (!errorFlags.includes(name)) errorFlags.push(name)
    },
    stop: () => {
      watchdogMs = undefined
      cancelWatchdog()
    },
    api: {
      ...ends.emitter,
      toString: (...values: unknown[]) => toBinary(toBytes(values)),
      toFlatString: (...values: unknown[]) => toBinary(toBytes(values)),
      mapInPlace: PLAIN_NATIVES.mapInPlace,
      toUint8Array: (...values: unknown[]) => realm.bytes(toBytes(values)),
      toArrayBuffer: (value: unknown) => (typeof value === 'string' ? realm.arrayBuffer(toBytes(value)) : undefined),
      CRC32: (value: unknown) => crc32(toBytes(value)),
      sum: (values: unknown) => toBytes(values).reduce((total, byte) => total + byte, 0),
      getFlags: () => ({ ...flags }),
      setFlags: (changes: Record<string, unknown>) => {
        for (const name of FLAGS) if (name in changes) flags[name] = changes[name] ? 1 : 0
      },
      getErrorFlags: () => {
        const seen = errorFlags
        errorFlags = []
        return seen
      },
      // With isAuto the idle loop kicks, and this loop is always idle between callbacks.
      enableWatchdog: (timeoutS: number, isAuto?: boolean) => {
        watchdogMs = isAuto ? undefined : timeoutS * 1000
        armWatchdog()
      },
      kickWatchdog: armWatchdog,
      // Only the partition of Storage is mapped on the chip: an address outside gives what happens to lie in front of the mapping.
      memoryArea: (address: number, length: number) =>
        address >= STORAGE_AT && address + length <= STORAGE_END
          ? toBinary(chip.read(address, length))
          : '\u0000'.repeat(length),
      hwRand: () => random.next(),
      srand: (seed: number) => random.seed(seed >>> 0),
      reboot: () => reboot('reboot'),
      // There is no console to type at.
      setPassword: () => undefined,
      lockConsole: () => undefined,
      getTemperature: () => Number.NaN,
    },
  }
}
