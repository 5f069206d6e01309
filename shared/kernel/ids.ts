// The dongle id: 12 characters of Crockford base32 and one check character (ISO/IEC 7064 MOD 37,36), as printed on the
// label. The check character finds every single wrong character and every swap of neighbours, before a server is asked.

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
// ISO 7064 counts in 36 characters; Crockford's letters are a subset, the check character may be any of the 36.
const CHECK_DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'

export const DONGLE_ID_LENGTH = 13

/** The check character of `body` (ISO/IEC 7064, MOD 37,36). */
export function checkCharacter(body: string): string {
  let product = 36
  for (let i = 0; i < body.length; i++) {
    let sum = (product + CHECK_DIGITS.indexOf(body.charAt(i))) % 36
    if (sum === 0) sum = 36
    product = (sum * 2) % 37
  }
  return CHECK_DIGITS.charAt((37 - product) % 36)
}

/** 12 characters of Crockford base32, the lower five bits of 12 numbers. */
export function bodyFrom(digits: ArrayLike<number>): string {
  let body = ''
  for (let i = 0; i < 12; i++) body += DIGITS.charAt((digits[i] as number) & 31)
  return body
}

/** A dongle id from 12 numbers of 0 … 31 (the caller brings the chance). */
export function dongleIdFrom(digits: ArrayLike<number>): string {
  const body = bodyFrom(digits)
  return body + checkCharacter(body)
}

/** True for exactly 13 characters of the alphabet with a right check character. Upper case only: topics and client ids are exact. */
export function isDongleId(text: string): boolean {
  if (text.length !== DONGLE_ID_LENGTH) return false
  for (let i = 0; i < 12; i++) if (DIGITS.indexOf(text.charAt(i)) < 0) return false
  return checkCharacter(text.substr(0, 12)) === text.charAt(12)
}
