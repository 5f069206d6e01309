// The flows of orders that write flash, each as one entry: what stands before, what is done, and what must be true after the power went
// somewhere in it and the dongle started again. Whoever cuts (test/cuts/order.ts) knows no flow.

import {
  beginTrials,
  endTrials,
  type OrderPort,
  obeyOrder,
  outcomeAtStart,
  settleTrials,
  wipeIfOrdered,
} from '../../firmware/orders.ts'
import { nodeCrypto } from '../../gateway/node-crypto.ts'
import {
  createWriter,
  writeArrayHead,
  writeBytes,
  writeMapHead,
  writeUint,
  writtenBytes,
} from '../../shared/batch/cbor.ts'
import { asciiBytes } from '../../shared/envelope/crypto.ts'
import { deriveKeys } from '../../shared/envelope/keys.ts'
import { dongleIdFrom } from '../../shared/kernel/ids.ts'
import { COMMAND_NAMES, COMMAND_OUTCOMES, type CommandName } from '../../shared/session/messages.ts'
import type { NorFlash } from '../../shared/session/nor-flash.ts'
import { rotatedKey } from '../../shared/session/order.ts'
import {
  type DongleConfig,
  type Identity,
  readConfig,
  readIdentity,
  SYSTEM_SECTORS,
  systemImage,
} from '../../shared/session/system-page.ts'
import { createNor, type NorModel } from './nor.ts'

export interface FlashFlow {
  name: string
  /** Flash as it stands before. */
  prepare(): NorModel
  /** Writes; the power may go anywhere in it. */
  run(nor: NorModel): void
  /** A start; the power may go here too. */
  recover(nor: NorModel): void
  /** What must be so after a start, wherever the power went: nothing where all is well, otherwise what is not. */
  complaint(nor: NorModel): string | undefined
}

const READING_SECTORS = 4
const ORDER_NUMBER = 1_790_000_000_001
/** More starts than a trial has. */
const STARTS = 10

export const identity: Identity = {
  dongleId: dongleIdFrom([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
  deviceKey: new Uint8Array(32).map((_, i) => i + 1),
  epoch: 1,
  seedPool: new Uint8Array(64).fill(7),
}
export const config: DongleConfig = {
  host: 'gateway.example',
  port: 1883,
  isTls: false,
  networks: [{ ssid: 'cellar', password: 'old password' }],
  intervalS: 10,
}
const rotation = new Uint8Array([2, ...new Uint8Array(32).fill(0x5a)])
const nextKey = rotatedKey(nodeCrypto, identity.deviceKey, rotation)

/** The flash of a dongle that was enrolled and has readings. */
export function enrolled(): NorModel {
  const nor = createNor(SYSTEM_SECTORS.count + READING_SECTORS)
  nor.cells.set(systemImage(identity, config, nor.crc32))
  nor.cells.fill(0x42, SYSTEM_SECTORS.count * nor.sectorBytes)
  return nor
}

function readingsOf(nor: NorModel): NorFlash {
  return {
    sectorBytes: nor.sectorBytes,
    sectorCount: READING_SECTORS,
    read: (at, length) => nor.read(SYSTEM_SECTORS.count * nor.sectorBytes + at, length),
    write: (at, bytes) => nor.write(SYSTEM_SECTORS.count * nor.sectorBytes + at, bytes),
    erase: sector => nor.erase(SYSTEM_SECTORS.count + sector),
    crc32: nor.crc32,
    packing: nor.packing,
  }
}

/** What firmware/main.ts does with the pages at a start. Throws when there is no identity or no configuration. */
export function start(nor: NorModel) {
  const isOnTrial = beginTrials(nor)
  const who = readIdentity(nor)
  const how = readConfig(nor)
  if (!who.ok || !how.ok) throw new Error(`${who.ok ? '' : who.fault.code} ${how.ok ? '' : how.fault.code}`)
  const keys = deriveKeys(nodeCrypto, who.value.deviceKey, who.value.epoch)
  const self = { identity: who.value, keys, config: how.value as DongleConfig | undefined }
  wipeIfOrdered(self, nor, [readingsOf(nor)])
  const outcome = outcomeAtStart(how.value, isOnTrial)
  return { self, isOnTrial, outcome: outcome === undefined ? undefined : COMMAND_OUTCOMES[outcome] }
}

export function obey(
  nor: NorModel,
  name: CommandName,
  argument: Uint8Array = new Uint8Array(0),
  number = ORDER_NUMBER,
  seconds = 0,
) {
  const said: string[] = []
  let isEnding = false
  const { self } = start(nor)
  const order = { number, code: COMMAND_NAMES.indexOf(name) + 1, seconds, argument, mac: new Uint8Array(16) }
  const port: OrderPort = {
    say: (line: string) => void said.push(line),
    said: () => 'boot 1\nsession: open\n',
    openConsole: () => void said.push('opened'),
    endSoon: () => {
      isEnding = true
    },
  }
  const ordered = obeyOrder(self, nor, nodeCrypto, order, 0, port)
  return { ordered: { ...ordered, outcome: COMMAND_OUTCOMES[ordered.outcome] }, self, said, isEnding }
}

/** {3: [[ssid, password]]} */
export function networkArgument(ssid: string, password: string): Uint8Array {
  const writer = createWriter(128)
  writeMapHead(writer, 1)
  writeUint(writer, 3)
  writeArrayHead(writer, 1)
  writeArrayHead(writer, 2)
  writeBytes(writer, asciiBytes(ssid))
  writeBytes(writer, asciiBytes(password))
  return writtenBytes(writer)
}

export function numberArgument(key: number, value: number): Uint8Array {
  const writer = createWriter(16)
  writeMapHead(writer, 1)
  writeUint(writer, key)
  writeUint(writer, value)
  return writtenBytes(writer)
}

const ssidOf = (nor: NorModel): string | undefined => start(nor).self.config?.networks[0]?.ssid

/** The server has both keys until it hears a message under the next one. */
function isKnownKey({ self }: ReturnType<typeof start>): boolean {
  const { deviceKey, epoch } = self.identity
  const is = (key: Uint8Array) => Buffer.compare(key, deviceKey) === 0
  return (epoch === 1 && is(identity.deviceKey)) || (epoch === 2 && is(nextKey))
}

/** Starts without a session until a trial is over. */
function waitInVain(nor: NorModel): ReturnType<typeof start> {
  for (let i = 0; i < STARTS; i++) start(nor)
  return start(nor)
}

const onTrial = (name: CommandName, argument: Uint8Array) => (): NorModel => {
  const nor = enrolled()
  obey(nor, name, argument)
  start(nor)
  return nor
}

const settle = (nor: NorModel): void => {
  const { self } = start(nor)
  settleTrials(self, nor)
}

const recover = (nor: NorModel): void => void start(nor)
const attic = networkArgument('attic', 'new password')

export const ORDER_FLOWS: FlashFlow[] = [
  {
    name: 'a change that is no risk',
    prepare: enrolled,
    run: nor => void obey(nor, 'configure', numberArgument(4, 60)),
    recover,
    complaint: nor => {
      const { self, outcome } = start(nor)
      const { intervalS, order } = self.config as DongleConfig
      if (intervalS === 60 && order === ORDER_NUMBER && outcome === 'done') return undefined
      return intervalS === 10 && order === undefined ? undefined : `interval ${intervalS}, order ${order} ${outcome}`
    },
  },
  {
    name: 'another network, put on trial',
    prepare: enrolled,
    run: nor => void obey(nor, 'configure', attic),
    recover,
    complaint: nor => {
      if (!['cellar', 'attic'].includes(ssidOf(nor) as string)) return `ssid ${ssidOf(nor)}`
      const { self, outcome } = waitInVain(nor)
      const isBack = self.config?.networks[0]?.ssid === 'cellar' && (outcome === undefined || outcome === 'returned')
      return isBack ? undefined : `after the trial: ${self.config?.networks[0]?.ssid}, ${outcome}`
    },
  },
  {
    name: 'another network, settled',
    prepare: onTrial('configure', attic),
    run: settle,
    recover,
    complaint: nor => {
      if (ssidOf(nor) !== 'attic') return `ssid ${ssidOf(nor)}`
      settle(nor)
      const { self, isOnTrial, outcome } = waitInVain(nor)
      if (isOnTrial || outcome !== 'done') return `still on trial, or ${outcome}`
      return self.config?.networks[0]?.ssid === 'attic' ? undefined : 'lost after it was settled'
    },
  },
  {
    name: 'another network, given back',
    prepare: onTrial('configure', attic),
    run: nor => endTrials(nor),
    recover,
    complaint: nor => {
      const { self, outcome } = waitInVain(nor)
      return self.config?.networks[0]?.ssid === 'cellar' && outcome === 'returned' ? undefined : `${outcome}`
    },
  },
  {
    name: 'another key, put on trial',
    prepare: enrolled,
    run: nor => void obey(nor, 'rotate', rotation),
    recover,
    complaint: nor => {
      if (!isKnownKey(start(nor))) return 'a key that the server does not know'
      const late = waitInVain(nor)
      return isKnownKey(late) && late.self.identity.epoch === 1 ? undefined : `epoch ${late.self.identity.epoch}`
    },
  },
  {
    name: 'another key, settled',
    prepare: onTrial('rotate', rotation),
    run: settle,
    recover,
    complaint: nor => {
      const first = start(nor)
      if (!isKnownKey(first)) return 'a key that the server does not know'
      if (first.self.identity.epoch === 1) return 'the old key, though the server may have heard of the new one'
      settle(nor)
      const late = waitInVain(nor)
      return isKnownKey(late) && late.self.identity.epoch === 2 ? undefined : `epoch ${late.self.identity.epoch}`
    },
  },
  {
    name: 'another key, given back',
    prepare: onTrial('rotate', rotation),
    run: nor => endTrials(nor),
    recover,
    complaint: nor => {
      const late = waitInVain(nor)
      return isKnownKey(late) && late.self.identity.epoch === 1 ? undefined : `epoch ${late.self.identity.epoch}`
    },
  },
  {
    name: 'a wipe',
    prepare: enrolled,
    run: nor => {
      obey(nor, 'wipe')
      start(nor)
    },
    recover,
    complaint: nor => {
      const { self } = start(nor)
      const readings = nor.cells.subarray(SYSTEM_SECTORS.count * nor.sectorBytes)
      const isWiped = readings.every(byte => byte === 0xff) && self.config?.networks.length === 0
      const isUntouched = readings.every(byte => byte === 0x42) && self.config?.networks.length === 1
      if (!isKnownKey(start(nor))) return 'the identity is gone'
      if (isUntouched) return undefined
      if (!isWiped) return 'half wiped'
      return Buffer.from(nor.cells).includes('password') ? 'a password is left' : undefined
    },
  },
]
