// The few registers of an ESP32 that a flash tool looks at: the magic word by which chips are told apart, the fuses with revision
// and address, and the SPI controller as far as asking a flash chip for its JEDEC id goes.

const MAGIC_AT = 0x40001000
const FUSES_AT = 0x3ff5a000
const SPI_AT = 0x3ff42000
const SPI_CMD_AT = SPI_AT
const SPI_USR2_AT = SPI_AT + 0x24
const SPI_W0_AT = SPI_AT + 0x80
const SPI_CMD_USR = 1 << 18
const READ_JEDEC_ID = 0x9f

export interface ChipKind {
  magic: number
  /** JEDEC capacity code: 2^n bytes of flash. */
  flashSizeCode: number
  mac: string
}

export interface Registers {
  read(at: number): number
  write(at: number, value: number, mask: number): void
}

export function registersOf({ magic, mac, flashSizeCode }: ChipKind): Registers {
  const address = Buffer.from(mac.replaceAll(':', ''), 'hex')
  const cells = new Map<number, number>([
    [MAGIC_AT, magic],
    // the address lies in words 1 and 2; word 3 says package ESP32-D0WD, word 5 and SYSCON the revision
    [FUSES_AT + 4, address.readUInt32BE(2)],
    [FUSES_AT + 8, address.readUInt16BE(0)],
    [FUSES_AT + 12, (1 << 9) | (1 << 15)],
    [FUSES_AT + 20, 1 << 20],
    [0x3ff6607c, 0x80000000],
  ])
  return {
    read: at => cells.get(at) ?? 0,
    write(at, value, mask) {
      cells.set(at, ((cells.get(at) ?? 0) & ~mask) | (value & mask))
      if (at !== SPI_CMD_AT || (value & SPI_CMD_USR) === 0) return
      cells.set(SPI_CMD_AT, 0)
      const command = (cells.get(SPI_USR2_AT) ?? 0) & 0xff
      cells.set(SPI_W0_AT, command === READ_JEDEC_ID ? (flashSizeCode << 16) | 0x40ef : 0)
    },
  }
}
