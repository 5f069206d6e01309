// Which words a failed act of an ESP's manager gets: the problem's own code, for every code that these addresses answer a person with.

import type { ApiFault } from '../api/client.ts'
import { problemAmong } from '../parts/problem.ts'

export const ESP_PROBLEMS = [
  'request.invalid',
  'access.missing',
  'access.throttled',
  'account.locked',
  'role.missing',
  'sign-in.stale',
  'csrf.missing',
  'esp.exists',
  'esp.unknown',
  'esp.wrong-state',
  'esp.not-admitted',
  'esp-key.invalid',
  'esp-key.known',
  'esp-key.too-many',
  'esp-key.unknown',
  'esp-certificate.invalid',
  'esp-certificate.known',
  'esp-certificate.too-many',
  'esp-certificate.unknown',
  'service.unknown',
  'service.wrong-state',
  'service.other-text',
  'service.no-privacy-policy',
  'service.text-invalid',
  'webhook.refused',
  'webhook.unknown',
  'webhook.throttled',
  'delivery.unknown',
  'store.unavailable',
  'internal.broken',
] as const

export type EspProblem = (typeof ESP_PROBLEMS)[number] | 'unreachable'

export function problemOf(fault: ApiFault): EspProblem {
  return problemAmong(fault, ESP_PROBLEMS)
}
