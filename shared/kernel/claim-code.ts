// What the label says of a dongle: the claim code that proves who holds it, the name of its setup network, and the two texts
// behind its QR symbols. The caller brings the chance; nothing here is ever logged.

import { bodyFrom, checkCharacter } from './ids.ts'

/** Set before the body when the check character is made: so a dongle id typed in place of a code is found at once. */
const KIND = 'C'

/** 12 characters of Crockford base32 (60 bits) and a check character, from 12 numbers of 0 … 31. */
export function claimCodeFrom(digits: ArrayLike<number>): string {
  const body = bodyFrom(digits)
  return body + checkCharacter(KIND + body)
}

/** True for 13 characters with a right check character: a typing error, or a dongle id in its place, is found before a server is asked. */
export function isClaimCode(text: string): boolean {
  if (text.length !== 13) return false
  for (let i = 0; i < 12; i++) if ('0123456789ABCDEFGHJKMNPQRSTVWXYZ'.indexOf(text.charAt(i)) < 0) return false
  return checkCharacter(KIND + text.substr(0, 12)) === text.charAt(12)
}

/**
 * The password of the dongle's own setup network, from 12 numbers of 0 … 31 (60 bits): three groups of four, the hyphens
 * are part of it, so that what is printed is what is typed.
 */
export function setupPasswordFrom(digits: ArrayLike<number>): string {
  const body = bodyFrom(digits)
  return `${body.substr(0, 4)}-${body.substr(4, 4)}-${body.substr(8, 4)}`
}

/** The name of the dongle's own setup network: the end of the id, in capitals as everything a person may have to type. */
export function setupNetworkName(dongleId: string): string {
  return `NRT-${dongleId.substr(8, 5)}`
}

/** The text of the claim symbol: upper case, digits and colons only, which QR codes hold in 5.5 bits a character. */
export function claimSymbolText(dongleId: string, claimCode: string): string {
  return `P1D1:${dongleId}:${claimCode}`
}

/** Dongle id and claim code of a claim symbol's text, check characters not looked at; undefined for any other text. */
export function readClaimSymbol(text: string): { dongleId: string; claimCode: string } | undefined {
  const parts = text.trim().toUpperCase().split(':')
  if (parts.length !== 3 || parts[0] !== 'P1D1') return undefined
  return { dongleId: ungrouped(parts[1] as string), claimCode: ungrouped(parts[2] as string) }
}

/** The text of the setup symbol, as phones' cameras understand it. Name and password hold no character that needs escaping. */
export function setupSymbolText(dongleId: string, setupPassword: string): string {
  return `WIFI:T:WPA;S:${setupNetworkName(dongleId)};P:${setupPassword};;`
}

/** For people: groups of four with the check character alone, as in 0123-4567-89AB-C. */
export function grouped(idOrCode: string): string {
  return `${idOrCode.substr(0, 4)}-${idOrCode.substr(4, 4)}-${idOrCode.substr(8, 4)}-${idOrCode.substr(12)}`
}

/** As a person typed it → as it is: upper case, without blanks and hyphens, and O, I, L of the body read as 0, 1, 1. */
export function ungrouped(typed: string): string {
  const text = typed.replace(/[\s-]/g, '').toUpperCase()
  return text.substr(0, 12).replace(/O/g, '0').replace(/[IL]/g, '1') + text.substr(12)
}
