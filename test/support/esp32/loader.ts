// The chip's side of Espressif's serial protocol ("Serial Protocol", esptool documentation): the ROM loader of the ESP32 and,
// once its code was uploaded, the stub. Commands in, packets out; flash is a NOR chip that the virtual dongle can boot from.

import { createHash } from 'node:crypto'
import { constants, inflateSync } from 'node:zlib'
import { type FlashChip, PAGE_BYTES } from '../../../firmware/host/flash.ts'
import { type ChipKind, type Registers, registersOf } from './registers.ts'

const OP = {
  flashBegin: 0x02,
  flashData: 0x03,
  flashEnd: 0x04,
  memBegin: 0x05,
  memEnd: 0x06,
  memData: 0x07,
  sync: 0x08,
  writeReg: 0x09,
  readReg: 0x0a,
  changeBaud: 0x0f,
  deflBegin: 0x10,
  deflData: 0x11,
  deflEnd: 0x12,
  md5: 0x13,
  eraseRegion: 0xd1,
  readFlash: 0xd2,
} as const

const ERROR = { invalidMessage: 0x05, failedToAct: 0x06, invalidCrc: 0x07, notInFlashMode: 0x0b }
const SYNC_BODY = Buffer.from([0x07, 0x07, 0x12, 0x20, ...Array(32).fill(0x55)])
/** What the ROM puts into the value of its answer to SYNC; the stub puts 0. */
const ROM_SYNC_VALUE = 0x20120707

export interface LoaderEffects {
  /** A packet for the host, not yet framed. */
  send(packet: Uint8Array): void
  setBaud(baud: number): void
  /** Leaves the loader and starts what is in flash. */
  restart(): void
}

export interface Loader {
  readonly isStub: boolean
  take(packet: Uint8Array): void
}

export function openLoader(chip: FlashChip, kind: ChipKind, effects: LoaderEffects): Loader {
  const registers: Registers = registersOf(kind)
  const flashBytes = 2 ** kind.flashSizeCode
  let isStub = false
  let upload = { bytesLeft: 0, total: 0 }
  let write = { at: 0, left: 0, nextSeq: -1, size: 0, done: 0, packed: Buffer.alloc(0) }
  let reading: { at: number; size: number; block: number; sent: number } | undefined

  function answer(op: number, value = 0, data: Uint8Array = new Uint8Array(0), error = 0): void {
    const status = new Uint8Array(isStub ? 2 : 4)
    if (error !== 0) status.set([1, error])
    const packet = Buffer.alloc(8 + data.length + status.length)
    packet.writeUInt8(1, 0)
    packet.writeUInt8(op, 1)
    packet.writeUInt16LE(data.length + status.length, 2)
    packet.writeUInt32LE(value >>> 0, 4)
    packet.set(data, 8)
    packet.set(status, 8 + data.length)
    effects.send(packet)
  }

  function refuse(op: number, error: number): undefined {
    answer(op, 0, undefined, error)
  }

  function erase(at: number, bytes: number): boolean {
    if (at % PAGE_BYTES !== 0 || at + bytes > flashBytes) return false
    for (let page = at; page < at + bytes; page += PAGE_BYTES) chip.erasePage(page)
    return true
  }

  /** {bytes to erase, blocks, bytes of a block, address}. */
  function beginWrite(op: number, body: Buffer): undefined {
    const size = body.readUInt32LE(0)
    const at = body.readUInt32LE(12)
    if (size > 0 && !erase(at, size)) {
      answer(op, 0, undefined, ERROR.failedToAct)
      return
    }
    write = { at, left: body.readUInt32LE(4), nextSeq: 0, size, done: 0, packed: Buffer.alloc(0) }
    answer(op)
  }

  /** {length, sequence number, 0, 0, data}; the head of the command holds the data's checksum. */
  function takeBlock(op: number, body: Buffer, checksum: number, use: (data: Buffer) => void): undefined {
    const data = body.subarray(16)
    if (write.nextSeq < 0) return refuse(op, ERROR.notInFlashMode)
    const sum = data.reduce((state, byte) => state ^ byte, 0xef)
    const isWhole = body.readUInt32LE(0) === data.length && sum === checksum
    if (!isWhole) return refuse(op, ERROR.invalidCrc)
    const seq = body.readUInt32LE(4)
    // a block that comes again was written already: its answer was lost
    if (seq === write.nextSeq && write.left > 0) {
      use(data)
      write.nextSeq++
      write.left--
    } else if (seq !== write.nextSeq - 1) return refuse(op, ERROR.failedToAct)
    answer(op)
  }

  function program(data: Buffer): void {
    const fits = data.subarray(0, Math.max(0, write.size - write.done))
    chip.write(write.at + write.done, fits)
    write.done += fits.length
  }

  function unpack(data: Buffer): void {
    write.packed = Buffer.concat([write.packed, data])
    program(inflateSync(write.packed, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(write.done))
  }

  function readOn(): void {
    if (!reading) return
    const { at, size, block, sent } = reading
    if (sent < size) {
      const part = chip.read(at + sent, Math.min(block, size - sent))
      reading.sent += part.length
      effects.send(part)
      return
    }
    effects.send(createHash('md5').update(chip.read(at, size)).digest())
    reading = undefined
  }

  function endWrite(op: number, body: Buffer): undefined {
    if (write.nextSeq < 0) return refuse(op, ERROR.notInFlashMode)
    const isRestart = body.readUInt32LE(0) === 0
    write.nextSeq = -1
    answer(op)
    if (isRestart) effects.restart()
  }

  function endUpload(body: Buffer): undefined {
    const isRun = body.readUInt32LE(0) === 0
    if (!isRun || upload.bytesLeft !== 0 || upload.total < 1000) return refuse(OP.memEnd, ERROR.failedToAct)
    answer(OP.memEnd)
    isStub = true
    effects.send(Buffer.from('OHAI', 'latin1'))
  }

  function takeUpload(body: Buffer): undefined {
    const length = body.readUInt32LE(0)
    if (length !== body.length - 16) return refuse(OP.memData, ERROR.invalidCrc)
    upload.bytesLeft -= length
    upload.total += length
    answer(OP.memData)
  }

  function flashMd5(at: number, bytes: number): void {
    const hash = createHash('md5').update(chip.read(at, bytes))
    answer(OP.md5, 0, isStub ? hash.digest() : Buffer.from(hash.digest('hex'), 'latin1'))
  }

  function unknown(): void {
    // the ROM says so eight times, under no command's name
    for (let i = 0; i < (isStub ? 1 : 8); i++) answer(0x00, 0, undefined, ERROR.invalidMessage)
  }

  const commands: { [op: number]: (body: Buffer, checksum: number) => void } = {
    [OP.sync]: body => {
      if (!body.equals(SYNC_BODY)) unknown()
      else for (let i = 0; i < (isStub ? 1 : 8); i++) answer(OP.sync, isStub ? 0 : ROM_SYNC_VALUE)
    },
    [OP.readReg]: body => answer(OP.readReg, registers.read(body.readUInt32LE(0))),
    [OP.writeReg]: body => {
      for (let at = 0; at + 16 <= body.length; at += 16) {
        registers.write(body.readUInt32LE(at), body.readUInt32LE(at + 4), body.readUInt32LE(at + 8))
      }
      answer(OP.writeReg)
    },
    [OP.memBegin]: body => {
      upload = { bytesLeft: body.readUInt32LE(0), total: upload.total }
      answer(OP.memBegin)
    },
    [OP.memData]: takeUpload,
    [OP.memEnd]: endUpload,
    [OP.flashBegin]: body => beginWrite(OP.flashBegin, body),
    [OP.flashData]: (body, checksum) => takeBlock(OP.flashData, body, checksum, program),
    [OP.flashEnd]: body => endWrite(OP.flashEnd, body),
    [OP.deflBegin]: body => beginWrite(OP.deflBegin, body),
    [OP.deflData]: (body, checksum) => takeBlock(OP.deflData, body, checksum, unpack),
    [OP.deflEnd]: body => endWrite(OP.deflEnd, body),
    [OP.md5]: body => flashMd5(body.readUInt32LE(0), body.readUInt32LE(4)),
    [OP.changeBaud]: body => {
      answer(OP.changeBaud)
      effects.setBaud(body.readUInt32LE(0))
    },
  }

  /** What only the stub knows. */
  const stubCommands: typeof commands = {
    [OP.eraseRegion]: body => {
      const isDone = erase(body.readUInt32LE(0), body.readUInt32LE(4))
      answer(OP.eraseRegion, 0, undefined, isDone ? 0 : ERROR.failedToAct)
    },
    [OP.readFlash]: body => {
      reading = { at: body.readUInt32LE(0), size: body.readUInt32LE(4), block: body.readUInt32LE(8), sent: 0 }
      answer(OP.readFlash)
      readOn()
    },
  }

  return {
    get isStub() {
      return isStub
    },
    take(packet) {
      const bytes = Buffer.from(packet)
      if (reading && bytes.length === 4) {
        if (bytes.readUInt32LE(0) === reading.sent) readOn()
        return
      }
      if (bytes.length < 8 || bytes[0] !== 0 || bytes.readUInt16LE(2) !== bytes.length - 8) return
      reading = undefined
      const op = bytes[1] as number
      const command = commands[op] ?? (isStub ? stubCommands[op] : undefined) ?? unknown
      command(bytes.subarray(8), bytes.readUInt32LE(4))
    },
  }
}
