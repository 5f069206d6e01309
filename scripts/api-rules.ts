// What our API promises beyond what every API should: rules for Redocly's linter. Names are camelCase but for what standards of others call otherwise;
// what is asked and answered in JSON has an example; whoever may be refused is told so; acts take an idempotency key; lists go on.

import type { Plugin } from '@redocly/openapi-core'

interface Node {
  [key: string]: unknown
}

interface Context {
  report(problem: { message: string; location?: unknown }): void
  location: { child(path: string | string[]): unknown }
  key: string | number
}

/** Of Eclipse hawkBit: names, and what is sent, are in its own documentation. */
const HAWKBIT = '/{tenant}/controller/'
const CAMEL = /^[a-z][a-zA-Z0-9]*$/
/** OAuth (RFC 6749), hawkBit's interface, CIM's RTD and Standard Webhooks name things themselves. */
const OTHERS = [
  ...['access_token', 'token_type', 'expires_in', 'client_assertion', 'client_assertion_type', 'grant_type'],
  ...['_links', 'data-url'],
  ...['dateAndOrTime.dateTime', 'registeredResource.mRID', 'Quantity', 'AccountingPoint', 'MessageDocumentHeader'],
  ...['MetaInformation', 'MarketDocument', 'TimeSeries', 'Asset'],
  ...['webhook-id', 'webhook-timestamp', 'webhook-signature'],
]
/** Exports, and what one person has of: points, dongles, keys, mandates, sessions. They come whole. */
const WHOLE = [
  ...['/api/v1/metering-points', '/api/v1/own/dongles', '/api/v1/own/tenures'],
  ...['/api/v1/esps/{espId}/keys', '/api/v1/esps/{espId}/certificates'],
]
/** The register as a file, its feed (which has no end), backups on a disk, a month's bill, and an ESP's own by months (24 at most). */
const OTHERWISE = [
  ...['/api/v1/access-register/entries', '/api/v1/access-register/changes', '/api/v1/backups'],
  ...['/api/v1/subscription-counts', '/api/v1/esp/subscription-counts'],
]

function camelCase() {
  return {
    Schema(schema: Node, ctx: Context) {
      for (const name of Object.keys(Object(schema.properties))) {
        if (CAMEL.test(name) || OTHERS.includes(name)) continue
        ctx.report({ message: `${name} is not camelCase`, location: ctx.location.child(['properties', name]) })
      }
    },
    Parameter(parameter: Node, ctx: Context) {
      if (parameter.in !== 'header' && !CAMEL.test(String(parameter.name))) {
        ctx.report({ message: `${String(parameter.name)} is not camelCase` })
      }
    },
  }
}

function isJson(type: string): boolean {
  return type === 'application/json'
}

function kebabPaths() {
  return {
    PathItem(_item: Node, ctx: Context) {
      const path = String(ctx.key)
      if (path.startsWith(HAWKBIT) || /^(\/([a-z0-9-]+|\{[a-zA-Z]+\}))+$/.test(path)) return
      ctx.report({ message: `${path} is not in kebab-case` })
    },
  }
}

/** Streams are told in words; what has no body needs no example. */
function examplePresent() {
  let [path, status] = ['', '']
  return {
    PathItem(_item: Node, ctx: Context) {
      path = String(ctx.key)
    },
    RequestBody() {
      status = ''
    },
    Response(_answer: Node, ctx: Context) {
      status = String(ctx.key)
    },
    MediaType(media: Node, ctx: Context) {
      if (path.startsWith(HAWKBIT) || !/^(2..)?$/.test(status)) return
      if (isJson(String(ctx.key)) && media.example === undefined && media.examples === undefined) {
        ctx.report({ message: 'there is no example: tell it in test/support/api-story.ts, then npm run api:examples' })
      }
    },
    Message(message: Node, ctx: Context) {
      if (!Array.isArray(message.examples)) ctx.report({ message: 'there is no example' })
    },
  }
}

/** Not what anybody may ask, nor what says who asks. */
function isGuardedBy({ security, 'x-right': right }: Node): boolean {
  return Array.isArray(security) && security.length > 0 && right !== 'sign-in.use'
}

function answersOf(operation: Node): string[] {
  return Object.keys(Object(operation.responses))
}

function problemAnswers() {
  return {
    Operation(operation: Node, ctx: Context) {
      const isGuarded = isGuardedBy(operation)
      if (isGuarded && !answersOf(operation).includes('401')) ctx.report({ message: 'nobody is told of a missing key' })
      if (isGuarded && !answersOf(operation).includes('403'))
        ctx.report({ message: 'nobody is told of a missing role' })
      const takes = operation.requestBody !== undefined || Array.isArray(operation.parameters)
      if (takes && !answersOf(operation).some(status => /^4\d\d$/.test(status))) {
        ctx.report({ message: 'what is asked can be wrong, and nobody is told' })
      }
    },
  }
}

function onceDescribed() {
  return {
    PathItem: {
      Operation(operation: Node, ctx: Context) {
        if (ctx.key !== 'post' || !isGuardedBy(operation)) return
        const names = ((operation.parameters ?? []) as Node[]).map(({ name }) => name)
        const tags = operation.tags as string[] | undefined
        if (!names.includes('idempotency-key') && !tags?.includes('hawkBit')) {
          ctx.report({ message: 'this POST takes no idempotency key' })
        }
      },
    },
  }
}

function listPaged() {
  let path = ''
  return {
    PathItem: {
      enter(_item: Node, ctx: Context) {
        path = String(ctx.key)
      },
      Operation(operation: Node, ctx: Context) {
        if (ctx.key !== 'get' || WHOLE.includes(path) || OTHERWISE.includes(path)) return
        const ok = Object(Object(operation.responses)['200']) as { content?: { [type: string]: { schema?: Node } } }
        const properties = Object(ok.content?.['application/json']?.schema?.properties) as Node
        if (properties.items === undefined) return
        const names = ((operation.parameters ?? []) as Node[]).map(({ name }) => name)
        if (!names.includes('cursor') || properties.next === undefined) {
          ctx.report({ message: 'a list without pages: see backend/api/pages.ts' })
        }
      },
    },
  }
}

function eventDescribed() {
  return {
    Operation(operation: Node, ctx: Context) {
      for (const field of ['summary', 'description', 'tags']) {
        if (operation[field] === undefined) ctx.report({ message: `the operation has no ${field}` })
      }
    },
  }
}

const both = { 'nrt/camel-case': camelCase, 'nrt/example-present': examplePresent }

/** For createConfig(). */
export const apiRules = {
  id: 'nrt',
  rules: {
    oas3: {
      ...both,
      'nrt/kebab-paths': kebabPaths,
      'nrt/problem-answers': problemAnswers,
      'nrt/once-described': onceDescribed,
      'nrt/list-paged': listPaged,
    },
    async3: { ...both, 'nrt/event-described': eventDescribed },
  },
} as unknown as Plugin
