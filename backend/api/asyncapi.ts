// What comes to ESPs by itself, as AsyncAPI 3.0: their MQTT stream and their webhooks, from the same schemas that REST answers are made of. It is
// written from the platform's side: `send` is what leaves here.

import type { TSchema } from 'typebox'
import { DELIVERY_FORMATS, DeliveryDocumentSchema } from '../../shared/schema/delivery.ts'
import {
  cloudEventOf,
  RtdDocumentSchema,
  TimeSeriesSchema,
  WebhookTestDataSchema,
} from '../../shared/schema/esp-events.ts'
import { NoticeSchema, PERMISSION_STATES } from '../../shared/schema/permission.ts'
import { EXAMPLE } from './event-examples.ts'

const NEVER_TOLD = ['requested', 'refused']
const NOTICE_TYPES = PERMISSION_STATES.filter(state => !NEVER_TOLD.includes(state)).map(
  kind => `nrt.permission.${kind}`,
)

/** MQTT 3.1.1: what stands at the end of a topic decides what a message is. */
const STREAM = {
  readings: message(
    'Readings under a permission, as a plain document',
    DeliveryDocumentSchema,
    EXAMPLE.document,
    'json',
  ),
  rtdDocument: message('The same as a CIM near-real-time document (RTD v1.12)', RtdDocumentSchema, EXAMPLE.rtd, 'rtd'),
  timeSeries: message('One reading as a CIM TimeSeries', TimeSeriesSchema, EXAMPLE.timeSeries, 'timeseries'),
}

const WEBHOOKS = {
  readingsPosted: webhook(
    'Readings, as a plain document',
    ['nrt.readings.json'],
    DeliveryDocumentSchema,
    EXAMPLE.document,
  ),
  rtdPosted: webhook(
    'Readings, as a CIM near-real-time document',
    ['nrt.readings.rtd'],
    RtdDocumentSchema,
    EXAMPLE.rtd,
  ),
  timeSeriesPosted: webhook('Readings, as CIM TimeSeries', ['nrt.readings.timeseries'], listed(TimeSeriesSchema), [
    EXAMPLE.timeSeries,
  ]),
  noticePosted: webhook('What happened to a permission', NOTICE_TYPES, NoticeSchema, EXAMPLE.notice),
  testPosted: webhook('What POST /esp/webhook/test sends', ['nrt.test'], WebhookTestDataSchema, EXAMPLE.test),
}

export const ASYNCAPI = {
  asyncapi: '3.0.0',
  info: {
    title: 'nrt: what comes to an ESP by itself',
    version: '1.0.0',
    description:
      'Readings under a permission, **informative, not validated**, and notices of what happened to permissions. At least once: drop an `id` that you ' +
      'have seen. What is asked for is in `/openapi.json`.',
    contact: { name: 'nrt', url: '/openapi.json' },
    license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
  },
  defaultContentType: 'application/json',
  servers: {
    broker: {
      host: '{platform}:8883',
      protocol: 'mqtts',
      protocolVersion: '3.1.1',
      description:
        'User name: the ESP’s id; password: an access token. The connection is cut after an hour at most, and when a permission ends.',
      variables: { platform: { default: 'localhost', description: 'the platform’s name' } },
      security: [{ $ref: '#/components/securitySchemes/accessToken' }],
    },
    receiver: {
      host: '{receiver}',
      protocol: 'https',
      description: 'Where `PUT /esp/webhook` says: public, over https; redirects are not followed.',
      variables: { receiver: { default: 'localhost', description: 'the ESP’s own server' } },
    },
  },
  channels: {
    stream: {
      address: 'esp/1/{espId}/{permissionId}/{format}',
      title: 'Stream',
      description:
        'Subscribe at QoS 1 within one’s own branch; `+` and `#` may stand for permission and format. What is not confirmed comes again.',
      servers: [{ $ref: '#/servers/broker' }],
      parameters: {
        espId: { description: 'the ESP’s own id', examples: [EXAMPLE.espId] },
        permissionId: { description: 'one permission', examples: [EXAMPLE.document.permissionId] },
        format: { description: 'how readings come', enum: [...DELIVERY_FORMATS], default: 'json' },
      },
      messages: referred(STREAM),
    },
    webhooks: {
      address: '/',
      title: 'Webhooks',
      description:
        'POST, signed. Answer 2xx within 10 s; anything else is tried again, 400, 413, 415 and 422 are not. What was given up is at `GET /esp/dead-deliveries`.',
      servers: [{ $ref: '#/servers/receiver' }],
      messages: referred(WEBHOOKS),
    },
  },
  operations: {
    sendReadings: {
      action: 'send',
      channel: { $ref: '#/channels/stream' },
      title: 'Readings as they come',
      summary: 'What permissions let out, within a second of its storing, or by the service’s schedule',
      description:
        'Asked again in the instant of sending whether the permission holds: after a revocation nothing starts.',
      tags: [{ name: 'stream', description: 'MQTT 3.1.1 at the platform’s broker' }],
      security: [{ $ref: '#/components/securitySchemes/accessToken' }],
      messages: Object.keys(STREAM).map(name => ({ $ref: `#/channels/stream/messages/${name}` })),
    },
    postEvents: {
      action: 'send',
      channel: { $ref: '#/channels/webhooks' },
      title: 'Events',
      summary: 'Readings and notices, posted',
      description:
        'Each with `webhook-id`, `webhook-timestamp` and `webhook-signature`: check them before you believe a word.',
      tags: [{ name: 'webhooks', description: 'Posted to the ESP’s own address, by Standard Webhooks 1.0' }],
      security: [{ $ref: '#/components/securitySchemes/signature' }],
      bindings: { http: { method: 'POST', bindingVersion: '0.3.0' } },
      messages: Object.keys(WEBHOOKS).map(name => ({ $ref: `#/channels/webhooks/messages/${name}` })),
    },
  },
  components: {
    messages: { ...STREAM, ...WEBHOOKS },
    securitySchemes: {
      signature: {
        ...{ type: 'httpApiKey', in: 'header', name: 'webhook-signature' },
        description: 'HMAC-SHA-256 by the secret that `PUT /esp/webhook` gives: it is the platform that shows it',
      },
      accessToken: { type: 'userPassword', description: 'An access token from `POST /oauth/token`, as the password' },
    },
  },
}

function message(title: string, payload: TSchema, example: object, format: string) {
  return {
    title,
    summary: `Topics that end with \`/${format}\``,
    contentType: 'application/json',
    payload,
    examples: [{ name: format, payload: example }],
  }
}

function webhook(title: string, types: readonly string[], data: TSchema, example: object) {
  const [type] = types
  return {
    title,
    summary: types.map(one => `\`${one}\``).join(', '),
    contentType: 'application/json',
    headers: {
      type: 'object',
      required: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
      properties: {
        'webhook-id': { type: 'string', description: 'the event’s id' },
        'webhook-timestamp': { type: 'string', description: 'epoch seconds of this attempt' },
        'webhook-signature': { type: 'string', description: '`v1,` and HMAC-SHA-256 in base64, by the secret' },
      },
    },
    payload: cloudEventOf(types, data),
    examples: [{ name: type, payload: { ...EXAMPLE.envelope, type, data: example } }],
  }
}

function listed(items: TSchema): TSchema {
  return { type: 'array', items } as TSchema
}

function referred(messages: object) {
  return Object.fromEntries(Object.keys(messages).map(name => [name, { $ref: `#/components/messages/${name}` }]))
}
