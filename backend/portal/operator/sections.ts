// Which of staff's pages somebody sees: those whose right one of their roles has, by the same table that the server's gate decides by. What is not in
// it nobody sees, and the server would not answer it either. Pure.

import { type Right, type Role, rowOf } from '../../../shared/schema/access.ts'

/** Each page with the right that it lives on, in the order in which they are shown. */
const SECTIONS = {
  esps: 'esp.oversee',
  services: 'esp.oversee',
  register: 'register.see',
  people: 'people.see',
  helpdesk: 'dongles.look',
  counts: 'esp.count',
  terms: 'terms.see',
  audit: 'audit.see',
} as const satisfies { [name: string]: Right }

export type SectionName = keyof typeof SECTIONS
const SECTION_NAMES = Object.keys(SECTIONS) as SectionName[]

export function mayRoles(roles: readonly Role[], right: Right): boolean {
  const { may } = rowOf(right)
  return roles.some(role => may.includes(role))
}

export function sectionsOf(roles: readonly Role[]): SectionName[] {
  return SECTION_NAMES.filter(name => mayRoles(roles, SECTIONS[name]))
}

/** The page that an address's mark names, if it is among `own`; else the first of them, if there is one. */
export function sectionNamed(hash: string, own: readonly SectionName[]): SectionName | undefined {
  return own.find(name => hash === `#${name}`) ?? own[0]
}
