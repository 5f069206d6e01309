// Ids that say nothing: 80 random bits in lower-case Crockford base32, with a prefix that tells people what kind of thing it names.

import { randomBytes } from 'node:crypto'

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'

/** For example `mp_4q0z…`: the prefix, an underscore and 16 characters from the system's generator. */
export function randomId(prefix: string): string {
  let digits = ''
  for (const byte of randomBytes(16)) digits += DIGITS.charAt(byte & 31)
  return `${prefix}_${digits}`
}
