// The life of a service's version as a pure core, and the order in which services are shown. Nobody can buy a place: the order is another one every day, drawn
// from the day and the service's id, the same for everybody.
//
//   draft ─► submitted ─► reviewed ─► published ─► withdrawn        what is changed before it is published is a draft again

import { createHash } from 'node:crypto'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { ServiceState, ServiceText } from '../../shared/schema/catalogue.ts'
import { checkNeed, isSameNeed, type NeedFault } from '../consent/data-need.ts'

export type ServiceAct = 'change' | 'submit' | 'review' | 'return' | 'publish' | 'withdraw'

/** service.no-privacy-policy: one without cannot be put before anybody. service.other-text: what was read is not what stands there now. */
export type ServiceFault =
  | { code: 'service.unknown' }
  | { code: 'service.wrong-state'; state: ServiceState }
  | { code: 'service.no-privacy-policy' }
  | { code: 'service.other-text' }
  | { code: 'service.need-invalid'; why: NeedFault['code'] }
  | { code: 'service.price-invalid' }
  | { code: 'esp.not-admitted' }

const STEPS: { [act in ServiceAct]: { from: readonly ServiceState[]; to: ServiceState } } = {
  change: { from: ['draft', 'submitted', 'reviewed'], to: 'draft' },
  submit: { from: ['draft'], to: 'submitted' },
  return: { from: ['submitted', 'reviewed'], to: 'draft' },
  review: { from: ['submitted'], to: 'reviewed' },
  publish: { from: ['reviewed'], to: 'published' },
  withdraw: { from: ['published'], to: 'withdrawn' },
}

export function stepService(state: ServiceState, act: ServiceAct): Result<ServiceState, ServiceFault> {
  const { from, to } = STEPS[act]
  return from.includes(state) ? ok(to) : failed({ code: 'service.wrong-state', state })
}

/** A text in order, its need's fields in theirs. A draft may still lack its privacy policy (`isDraft`). */
export function checkText(text: ServiceText, isDraft: boolean): Result<ServiceText, ServiceFault> {
  if (!isDraft && text.privacyPolicy === undefined) return failed({ code: 'service.no-privacy-policy' })
  const { amountCents, per } = text.price
  if ((per === 'free') !== (amountCents === 0)) return failed({ code: 'service.price-invalid' })
  const need = checkNeed(text.need)
  return need.ok ? ok({ ...text, need: need.value }) : failed({ code: 'service.need-invalid', why: need.fault.code })
}

/** A consent to one is good for the other: the same data, at the same price, under the same policy. */
export function isSameConsent(a: ServiceText, b: ServiceText): boolean {
  const isSamePrice = JSON.stringify(a.price) === JSON.stringify(b.price)
  return isSameNeed(a.need, b.need) && isSamePrice && a.privacyPolicy === b.privacyPolicy
}

/** SHA-256 of a text as it is kept. */
export function digestOf(body: string): string {
  return createHash('sha256').update(body, 'utf8').digest('hex')
}

/** Where a service stands on a day (days since 1970, UTC): 16 hexadecimal digits, ascending. */
export function placeOf(day: number, serviceId: string): string {
  return createHash('sha256').update(`${day} ${serviceId}`, 'utf8').digest('hex').slice(0, 16)
}
