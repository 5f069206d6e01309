// A telegram as the one JSON object that `nrt telegram --json` prints. Names and units are those of shared/telegram; what is
// absent is left out.

import type { EncryptedFrame } from '../shared/telegram/encrypted.ts'
import type { Telegram } from '../shared/telegram/telegram.ts'

/** `crcOk` is true only for a matching checksum; a DSMR 2.2 or 3 telegram, which has none, gives values all the same. */
export function telegramJson(telegram: Telegram): object {
  const { checksum, header, fields, mbus, unknown, faults } = telegram
  return {
    crcOk: checksum === 'ok',
    ...fields,
    mbus: mbus.length > 0 ? mbus : undefined,
    unknownObjects: unknown.length > 0 ? unknown.length : undefined,
    checksum,
    header,
    faults,
  }
}

export function encryptedJson(frame: EncryptedFrame): object {
  return { crcOk: false, encrypted: frame, faults: [{ code: 'telegram.encrypted' }] }
}
