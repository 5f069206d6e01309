// The problems of the catalogue and of consent, for the registry in problem.ts. The `nrt` command asks none of these routes, sends
// no idempotency keys, and has no words for them.

export const CONSENT_PROBLEMS = {
  'service.unknown': { slug: 'service-unknown', status: 404, title: 'There is no such service' },
  'service.wrong-state': {
    slug: 'service-wrong-state',
    status: 409,
    title: 'The service’s version is not in a state for this',
  },
  'service.no-privacy-policy': {
    slug: 'service-no-privacy-policy',
    status: 422,
    title: 'A service needs a privacy policy',
  },
  'service.other-text': { slug: 'service-other-text', status: 409, title: 'The text is not the one that was read' },
  'service.text-invalid': {
    slug: 'service-text-invalid',
    status: 422,
    title: 'The service’s text does not fit together',
  },
  'esp.unknown': { slug: 'esp-unknown', status: 404, title: 'There is no such provider' },
  'esp.exists': { slug: 'esp-exists', status: 409, title: 'This account looks after a provider already' },
  'esp.wrong-state': { slug: 'esp-wrong-state', status: 409, title: 'The provider is not in a state for this' },
  'esp.not-admitted': { slug: 'esp-not-admitted', status: 403, title: 'The provider is not admitted' },
  'permission.unknown': { slug: 'permission-unknown', status: 404, title: 'There is no such permission' },
  'permission.wrong-state': {
    slug: 'permission-wrong-state',
    status: 409,
    title: 'The permission is not in a state for this',
  },
  'permission.lapsed': { slug: 'permission-lapsed', status: 410, title: 'The question was open for too long' },
  'permission.exists': { slug: 'permission-exists', status: 409, title: 'The service is subscribed to already' },
  'statement.other': { slug: 'statement-other', status: 409, title: 'What was read is not what would be agreed' },
  'terms.not-accepted': { slug: 'terms-not-accepted', status: 409, title: 'The terms of use are not accepted' },
  'terms.other-version': { slug: 'terms-other-version', status: 409, title: 'There is another version of the terms' },
  'once.missing': { slug: 'once-missing', status: 400, title: 'An idempotency key is needed' },
  'once.other-request': {
    slug: 'once-other-request',
    status: 422,
    title: 'The idempotency key was used for something else',
  },
  'once.in-progress': { slug: 'once-in-progress', status: 409, title: 'The first request of this key is under way' },
  'notice.unknown': { slug: 'notice-unknown', status: 404, title: 'There is no such notice' },
  'tenure.unknown': { slug: 'tenure-unknown', status: 404, title: 'There is nothing to export' },
} as const satisfies { [code: string]: { slug: string; status: number; title: string } }

export type ConsentProblemCode = keyof typeof CONSENT_PROBLEMS
