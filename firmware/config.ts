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
 * The rings, the coarsest first, in the unused OTA partition of the engine's image: what falls out of one is thinned to a reading per
 * `periodS` seconds in the coarser one (test/unit/session/capacity.test.ts says how long each holds).
 */
export const RINGS = [
  { at: 0x2a2000, sectors: 110, periodS: 900 },
  { at: 0x264000, sectors: 62, periodS: 60 },
  { at: 0x1f4000, sectors: 112, periodS: 10 },
  { at: 0x190000, sectors: 100, periodS: 0 },
]

export const P1_BAUD = 115200
/** Meters of DSMR 2.2 and 3 speak slower, with seven bits and even parity. */
export const OLD_P1_BAUD = 9600
