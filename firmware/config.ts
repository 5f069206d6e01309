// The numbers of flash.config.json that the program itself needs, as constants so that the bundle carries no table.
// test/unit/firmware/config.test.ts holds the two together.

export const FIRMWARE_VERSION = '0.1.0'

/** Which partition of the flash this program uses: the number in the identity page must be the same. Raised when a region moves. */
export const FLASH_MAP = 1

export const SECTOR_BYTES = 4096
/** The board of flash.config.json: programs for another one are refused. */
export const BOARD = 'ESP32'
/** The two places of a program (shared/update/slots.ts), in the one partition that the engine can run code from. */
export const SLOTS_AT = [0x350000, 0x369000]
/** Identity, configuration, boot counter (shared/session/system-page.ts says which sector is which). */
export const SYSTEM_AT = 0x310000
export const SYSTEM_SECTORS = 6
/** What was noticed and kept, and why a boot ended (journal.ts). */
export const JOURNAL_AT = 0x318000
export const JOURNAL_SECTORS = 8
/**
 * The readings, in the unused OTA partition of the engine's image: sectors that all rings share. What falls out of one ring is thinned to
 * a reading per `periodS` seconds in the coarser one; the coarsest is the first here. `sectors` a coarse ring keeps when all are
 * full, the finest has the rest (test/unit/session/capacity.test.ts says how long each holds).
 */
export const POOL_AT = 0x190000
export const POOL_SECTORS = 384
// a function: a table would live for ever, and it is asked for once
export const coarseRings = () => [
  { periodS: 900, sectors: 92 },
  { periodS: 60, sectors: 104 },
  { periodS: 10, sectors: 104 },
]

export const P1_BAUD = 115200
/** Meters of DSMR 2.2 and 3 speak slower, with seven bits and even parity. */
export const OLD_P1_BAUD = 9600
