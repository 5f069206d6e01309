// An ESP's profile as a form has it: what was typed becomes a profile that the server takes, or a fault for each field. Pure.

import type { EspProfile } from '../api/types.ts'
import { type FormRead, isEMail, lengthOfText, readerOf, type Typed } from './form.ts'

/** As the server has it (shared/schema/catalogue.ts). */
export const COMPANY_NAME_MAX = 80

export function readProfile(typed: Typed): FormRead<EspProfile> {
  const { faults, text, wrong, address } = readerOf(typed)
  const name = text('name')
  if (name === '') wrong('name', 'missing')
  if (lengthOfText(name) > COMPANY_NAME_MAX) wrong('name', 'too-long')
  const companyNumber = text('companyNumber')
  if (!/^[A-Za-z0-9. -]{4,30}$/.test(companyNumber)) wrong('companyNumber', 'company')
  const country = text('country').toUpperCase()
  if (!/^[A-Z]{2}$/.test(country)) wrong('country', 'country')
  const eMail = text('contact.eMail')
  if (!isEMail(eMail)) wrong('contact.eMail', 'e-mail')
  const url = address('contact.url')
  if (faults.size > 0) return { ok: false, faults }
  return { ok: true, value: { name, companyNumber, country, contact: { eMail, ...(url !== '' && { url }) } } }
}
