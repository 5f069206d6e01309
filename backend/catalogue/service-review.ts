// A service as the operator judges it: line by line what its customers will read before they say yes, and beside each line what the version before said. The
// lines are those of the statement itself, so that nothing can be asked of customers that was not reviewed. Pure.

import type { EspProfile, Service, ServiceReview } from '../../shared/schema/catalogue.ts'
import type { Language } from '../../shared/schema/data-need.ts'
import { statementOf } from '../consent/statement.ts'
import { isSameConsent } from './service-life.ts'

/** The same in every statement, or of the customer's own. */
const NOT_ITS_OWN = ['point', 'withdrawal', 'quality']

/** `esp` is the provider as it is now. */
export function reviewOf(
  esp: EspProfile,
  service: Service,
  before: Service | undefined,
  language: Language,
): ServiceReview {
  const said = before === undefined ? [] : linesOf(esp, before, language)
  const lines = linesOf(esp, service, language).map(line => {
    const old = said.find(({ about }) => about === line.about)?.text
    return { ...line, before: old === undefined || old === line.text ? null : old }
  })
  const isNewConsent = before === undefined || !isSameConsent(before.text, service.text)
  return { service, before: before ?? null, isNewConsent, lines }
}

function linesOf(esp: EspProfile, { text, serviceId, version }: Service, language: Language) {
  const { lines } = statementOf({ esp, service: text, serviceId, version, pointName: '' }, language)
  return lines.filter(({ about }) => !NOT_ITS_OWN.includes(about))
}
