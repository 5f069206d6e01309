// The problems of delivery to ESPs, for the registry in problem.ts. ESPs' machines are answered with them, no page and no `nrt` command.

export const DELIVERY_PROBLEMS = {
  'webhook.refused': { slug: 'webhook-refused', status: 422, title: 'No webhooks can go to this address' },
  'webhook.unknown': { slug: 'webhook-unknown', status: 404, title: 'No address for webhooks is kept' },
  'webhook.throttled': { slug: 'webhook-throttled', status: 429, title: 'Too many tests of the webhook' },
  'delivery.unknown': { slug: 'delivery-unknown', status: 404, title: 'No delivery of this number was given up' },
} as const satisfies { [code: string]: { slug: string; status: number; title: string } }

export type DeliveryProblemCode = keyof typeof DELIVERY_PROBLEMS
