// What a chip's configuration page says, read as the dongle would.

import { crc32 } from 'node:zlib'
import { SYSTEM_AT } from '../../firmware/config.ts'
import { type FlashChip, PAGE_BYTES } from '../../firmware/host/flash.ts'
import { PLAIN_PACKING } from '../../shared/kernel/plain-packing.ts'
import { type DongleConfig, readConfig, SYSTEM_SECTORS } from '../../shared/session/system-page.ts'
import { valueOrThrow } from './facts.ts'

export function readConfigIn(chip: FlashChip): DongleConfig {
  return valueOrThrow(
    readConfig({
      sectorBytes: PAGE_BYTES,
      sectorCount: SYSTEM_SECTORS.count,
      read: (at, length) => chip.read(SYSTEM_AT + at, length),
      write: () => {},
      erase: () => {},
      crc32: bytes => crc32(bytes),
      packing: PLAIN_PACKING,
    }),
  )
}
