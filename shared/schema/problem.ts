// Every problem that REST can answer, by stable code (RFC 9457). The address of its page is `/problems/<slug>`; the page itself is
// docs/problems/<slug>.md. Codes are for programs and never change; titles are for people and may.

import Type, { type Static } from 'typebox'
import { CONSENT_PROBLEMS } from './consent-problems.ts'
import { DELIVERY_PROBLEMS } from './delivery-problems.ts'

export const PROBLEMS = {
  'request.invalid': { slug: 'request-invalid', status: 400, title: 'The request is not valid' },
  'range.invalid': { slug: 'range-invalid', status: 400, title: 'The range of time is not valid' },
  'column.unknown': { slug: 'column-unknown', status: 400, title: 'There is no column of this name' },
  'cursor.invalid': { slug: 'cursor-invalid', status: 400, title: 'The cursor is not one of ours' },
  'access.missing': { slug: 'access-missing', status: 401, title: 'An access key is needed' },
  'access.throttled': { slug: 'access-throttled', status: 429, title: 'Too many wrong access keys from this address' },
  'role.missing': { slug: 'role-missing', status: 403, title: 'This key is for something else' },
  'sign-in.stale': { slug: 'sign-in-stale', status: 403, title: 'This wants a sign-in of just now' },
  'sign-in.nowhere': { slug: 'sign-in-nowhere', status: 409, title: 'Nobody can sign in under this name' },
  'sign-in.cancelled': { slug: 'sign-in-cancelled', status: 400, title: 'The sign-in was left' },
  'sign-in.expired': {
    slug: 'sign-in-expired',
    status: 400,
    title: 'The sign-in took too long, or was begun elsewhere',
  },
  'sign-in.failed': { slug: 'sign-in-failed', status: 400, title: 'The identity service’s answer does not fit' },
  'sign-in.unavailable': { slug: 'sign-in-unavailable', status: 503, title: 'The identity service does not answer' },
  'csrf.missing': { slug: 'csrf-missing', status: 403, title: 'This did not come from our own page' },
  'mandate.unknown': { slug: 'mandate-unknown', status: 404, title: 'No such mandate is yours' },
  'mandate.own': { slug: 'mandate-own', status: 409, title: 'This is your own mandate' },
  'mandate.too-many': { slug: 'mandate-too-many', status: 409, title: 'Too many mandates are open' },
  'token.invalid': { slug: 'token-invalid', status: 401, title: 'This token is none of ours' },
  'token.expired': { slug: 'token-expired', status: 401, title: 'This token has expired' },
  'token.foreign': { slug: 'token-foreign', status: 401, title: 'This token is for another server' },
  'assertion.invalid': {
    slug: 'assertion-invalid',
    status: 401,
    title: 'The assertion does not prove who asks',
    oauth: 'invalid_client',
  },
  'assertion.expired': {
    slug: 'assertion-expired',
    status: 401,
    title: 'The assertion has expired',
    oauth: 'invalid_client',
  },
  'assertion.foreign': {
    slug: 'assertion-foreign',
    status: 401,
    title: 'The assertion is for another server',
    oauth: 'invalid_client',
  },
  'assertion.replayed': {
    slug: 'assertion-replayed',
    status: 401,
    title: 'The assertion has been used already',
    oauth: 'invalid_client',
  },
  'grant.unsupported': {
    slug: 'grant-unsupported',
    status: 400,
    title: 'This way to a token is not served',
    oauth: 'unsupported_grant_type',
  },
  'esp-key.invalid': { slug: 'esp-key-invalid', status: 422, title: 'This is no public key for signatures here' },
  'esp-key.known': { slug: 'esp-key-known', status: 409, title: 'This key, or its id, is there already' },
  'esp-key.too-many': { slug: 'esp-key-too-many', status: 409, title: 'This ESP has too many keys' },
  'esp-key.unknown': { slug: 'esp-key-unknown', status: 404, title: 'No such ESP or key is yours' },
  'certificate.missing': {
    slug: 'certificate-missing',
    status: 401,
    title: 'This ESP’s machines show a certificate',
    oauth: 'invalid_client',
  },
  'certificate.foreign': {
    slug: 'certificate-foreign',
    status: 401,
    title: 'This is another certificate',
    oauth: 'invalid_client',
  },
  'certificate.expired': {
    slug: 'certificate-expired',
    status: 401,
    title: 'This certificate is not valid now',
    oauth: 'invalid_client',
  },
  'esp-certificate.invalid': {
    slug: 'esp-certificate-invalid',
    status: 422,
    title: 'This is no certificate that can be shown here',
  },
  'esp-certificate.known': { slug: 'esp-certificate-known', status: 409, title: 'This certificate is there already' },
  'esp-certificate.too-many': {
    slug: 'esp-certificate-too-many',
    status: 409,
    title: 'This ESP has too many certificates',
  },
  'esp-certificate.unknown': {
    slug: 'esp-certificate-unknown',
    status: 404,
    title: 'No such ESP or certificate is yours',
  },
  'dongle.unknown': { slug: 'dongle-unknown', status: 404, title: 'There is no dongle of this id' },
  'dongle.other-key': { slug: 'dongle-other-key', status: 409, title: 'A dongle of this id is known with another key' },
  'dongle.wrong-state': { slug: 'dongle-wrong-state', status: 409, title: 'The dongle is not in a state for this' },
  'metering-point.unknown': {
    slug: 'metering-point-unknown',
    status: 404,
    title: 'No such metering point for this account',
  },
  'dongle.busy': { slug: 'dongle-busy', status: 409, title: 'The dongle is not done with the last one' },
  'release.unknown': { slug: 'release-unknown', status: 404, title: 'There is no release of this version' },
  'release.untrusted': { slug: 'release-untrusted', status: 422, title: 'The release is not signed as it must be' },
  'release.known': { slug: 'release-known', status: 409, title: 'There is another release of this version' },
  'action.unknown': { slug: 'action-unknown', status: 404, title: 'There is no such action for this dongle' },
  'action.closed': { slug: 'action-closed', status: 410, title: 'This action is over' },
  'rollout.unknown': { slug: 'rollout-unknown', status: 404, title: 'There is no rollout of this id' },
  'rollout.busy': { slug: 'rollout-busy', status: 409, title: 'Another rollout is under way' },
  'rollout.empty': { slug: 'rollout-empty', status: 409, title: 'There is no dongle for this release' },
  'rollout.same-person': { slug: 'rollout-same-person', status: 403, title: 'Who proposed it cannot approve it' },
  'rollout.wrong-state': { slug: 'rollout-wrong-state', status: 409, title: 'The rollout is not in a state for this' },
  'claim.malformed': { slug: 'claim-malformed', status: 400, title: 'Dongle id or claim code is mistyped' },
  'claim.refused': { slug: 'claim-refused', status: 404, title: 'This claim code opens no such dongle' },
  'claim.throttled': { slug: 'claim-throttled', status: 429, title: 'Too many wrong claim codes' },
  'account.unknown': { slug: 'account-unknown', status: 404, title: 'There is no such account' },
  'account.locked': { slug: 'account-locked', status: 403, title: 'This account is locked' },
  'account.own': { slug: 'account-own', status: 409, title: 'This is your own account' },
  'holder.taken': { slug: 'holder-taken', status: 409, title: 'Another account is this person’s already' },
  'register.elsewhere': { slug: 'register-elsewhere', status: 409, title: 'The access register is kept elsewhere' },
  'register.import-invalid': {
    slug: 'register-import-invalid',
    status: 422,
    title: 'Entries of the access register are wrong',
  },
  'letter.unknown': { slug: 'letter-unknown', status: 404, title: 'No dead letter of this number waits' },
  'backup.nowhere': { slug: 'backup-nowhere', status: 409, title: 'This server has no folder for backups' },
  'backup.elsewhere': {
    slug: 'backup-elsewhere',
    status: 409,
    title: 'This server stores in PostgreSQL, whose own tools make its backups',
  },
  'backup.exists': { slug: 'backup-exists', status: 409, title: 'There is something of this name already' },
  ...CONSENT_PROBLEMS,
  ...DELIVERY_PROBLEMS,
  'route.unknown': { slug: 'route-unknown', status: 404, title: 'Nothing is at this address' },
  'live.full': { slug: 'live-full', status: 503, title: 'Too many live streams are open' },
  'store.unavailable': { slug: 'store-unavailable', status: 503, title: 'The store cannot answer now' },
  'internal.broken': { slug: 'internal-broken', status: 500, title: 'Something went wrong on our side' },
} as const satisfies { [code: string]: { slug: string; status: number; title: string; oauth?: string } }

export type ProblemCode = keyof typeof PROBLEMS
export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[]

/** `detail` never holds an EAN, a key or a reading; `instance` names this one occurrence, as the log line does. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({ pattern: '^/problems/[a-z-]+$' }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.Optional(Type.String()),
    instance: Type.String(),
    code: Type.Unsafe<ProblemCode>(Type.String({ enum: PROBLEM_CODES })),
    error: Type.Optional(Type.String({ description: 'OAuth’s own word (RFC 6749), at the token endpoint' })),
  },
  { additionalProperties: false },
)
export type Problem = Static<typeof ProblemSchema>
