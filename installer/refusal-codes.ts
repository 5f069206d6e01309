// What `nrt release`, `nrt rollout` and the other operator's commands may be answered with: the problems of REST, the faults of a release
// file, and what keeps a question from being asked, a wrong command line among it. What is said of each stands in installer/text, in four languages.

import type { ConsentProblemCode } from '../shared/schema/consent-problems.ts'
import type { DeliveryProblemCode } from '../shared/schema/delivery-problems.ts'
import type { ProblemCode } from '../shared/schema/problem.ts'
import type { ReleaseFault } from '../shared/schema/release.ts'

type ReleaseCode = ReleaseFault['code']
export type AskingCode = keyof typeof ASKING
export type UsageCode = Extract<AskingCode, `usage.${string}`>
/** What a backup, or a folder that one is put back into, says no to. */
type BackupCode = 'backup.failed' | 'backup.broken' | 'data.exists' | 'data.in-use' | 'data.elsewhere'
/** Of the catalogue, of consent and of delivery `nrt` asks nothing. */
export type RefusalCode =
  | Exclude<ProblemCode, ConsentProblemCode | DeliveryProblemCode>
  | ReleaseCode
  | BackupCode
  | AskingCode

/** The question could not be asked: exit code 2. Everything else is a no: exit code 1. */
const ASKING = {
  'operator.no-key': true,
  'backend.bad-address': true,
  'backend.unreachable': true,
  'file.unreadable': true,
  'file.exists': true,
  'key.unguarded': true,
  'key.unopened': true,
  'keys.unusable': true,
  'name.malformed': true,
  'number.malformed': true,
  'floor.high': true,
  'program.size': true,
  'window.malformed': true,
  'plan.malformed': true,
  'usage.unknown-option': true,
  'usage.unknown-command': true,
  'usage.missing-argument': true,
  'usage.missing-option': true,
  'usage.missing-value': true,
  'usage.wrong-value': true,
  'usage.conflict': true,
  'usage.too-many': true,
} as const

export function isAsking(code: RefusalCode): boolean {
  return Object.hasOwn(ASKING, code)
}
