// The description of the API as it is given out, from what the routes say of themselves: names of operations, who may ask, what every POST takes, what
// goes away, schemas that stand in many places under one name, and an example of each request and answer. Pure.

import type { TSchema } from 'typebox'
import { isRight, rowOf } from '../../shared/schema/access.ts'
import { EspSchema, ServiceSchema, ServiceTextSchema } from '../../shared/schema/catalogue.ts'
import { DataNeedSchema } from '../../shared/schema/data-need.ts'
import { LiveReadingSchema } from '../../shared/schema/metering-point.ts'
import { EspPermissionSchema, NoticeSchema, OwnPermissionSchema } from '../../shared/schema/permission.ts'
import { ProblemSchema } from '../../shared/schema/problem.ts'
import { QualitySchema } from '../../shared/schema/quality.ts'
import { ReadingSchema } from '../../shared/schema/reading.ts'
import type { Ending, Endings } from './versions.ts'

interface Media {
  schema?: object
  example?: unknown
}

interface Answer {
  description: string
  headers?: object
  content?: { [type: string]: Media }
}

interface Parameter {
  name: string
  in: string
  schema?: { description?: string }
  required?: boolean
  description?: string
  example?: unknown
}

export interface Operation {
  operationId?: string
  summary?: string
  description?: string
  deprecated?: boolean
  parameters?: Parameter[]
  requestBody?: { content: { [type: string]: Media } }
  responses: { [status: string]: Answer }
  security?: object[]
  'x-right'?: string
  'x-once'?: 'may' | 'must'
}

export interface Description {
  paths: { [path: string]: { [method: string]: Operation } }
  components: { schemas: { [name: string]: object } }
}

/** One request and what it is answered with; only what there is of it. */
export interface Example {
  path?: { [name: string]: string | number }
  query?: { [name: string]: string | number | boolean }
  body?: unknown
  status: number
  answer?: unknown
}

export interface Examples {
  [operationId: string]: Example
}

/** Schemas that stand in several places. A name may be added, never changed: programs are generated from them. */
const NAMED: { [name: string]: TSchema } = {
  Problem: ProblemSchema,
  Reading: ReadingSchema,
  Quality: QualitySchema,
  LiveReading: LiveReadingSchema,
  DataNeed: DataNeedSchema,
  ServiceText: ServiceTextSchema,
  Service: ServiceSchema,
  Esp: EspSchema,
  OwnPermission: OwnPermissionSchema,
  EspPermission: EspPermissionSchema,
  Notice: NoticeSchema,
}

/** An ESP with a certificate shows it beside its token. */
function completeSecurity(operation: Operation): void {
  if (operation.security?.some(way => Object.hasOwn(way, 'espToken'))) {
    operation.security = [...operation.security, { espToken: [], espCertificate: [] }]
  }
}

/** `generated` is changed. */
export function describeApi(generated: Description, examples: Examples, endings: Endings): Description {
  for (const [path, item] of Object.entries(generated.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      operation.operationId = operationIdOf(method, path)
      completeWords(operation)
      completeSecurity(operation)
      completeOnce(operation)
      completeParameters(operation)
      completeEnding(operation, endings[`${method.toUpperCase()} ${path}`])
      putExample(operation, examples[operation.operationId])
    }
  }
  const names = new Map(Object.entries(NAMED).map(([name, schema]) => [JSON.stringify(schema), name]))
  generated.paths = named(generated.paths, names) as Description['paths']
  const schemas = Object.entries(NAMED).map(([name, schema]) => [name, named(copyOf(schema), names, true)])
  generated.components.schemas = Object.fromEntries(schemas)
  return generated
}

/** From method and address: it cannot drift, and two are never the same. `{id}` is told only where it stands at the end. */
export function operationIdOf(method: string, path: string): string {
  const steps = path.replace(/^\/api\/v[0-9]+/, '').split(/[/.]/)
  const words = steps.flatMap((step, at) => {
    if (!step.startsWith('{')) return step.split('-')
    return at === steps.length - 1 ? ['by', step.slice(1, -1)] : []
  })
  return method + words.map(word => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

function completeWords(operation: Operation): void {
  // nobody has to show anything: that too is said
  operation.security ??= []
  const { 'x-right': right, description } = operation
  if (!isRight(right)) return
  const { may, isFresh } = rowOf(right)
  const whose = may.includes('anyone') ? 'For anyone.' : `For: ${may.join(', ')}.`
  const fresh = isFresh ? ' A person must have signed in within the last five minutes.' : ''
  operation.description = [...(description === undefined ? [] : [description]), whose + fresh].join('\n\n')
}

function completeOnce(operation: Operation): void {
  const { 'x-once': once } = operation
  if (once === undefined) return
  operation.parameters = [
    ...(operation.parameters ?? []),
    {
      ...{ name: 'idempotency-key', in: 'header', required: once === 'must' },
      description: 'A fresh random word; a repeat with the same one gets the first answer, and nothing is done twice.',
      schema: { type: 'string', minLength: 8, maxLength: 100, pattern: '^[!-~]+$' } as object,
      example: '8e03978e-40d5-43dd-bc93-6894a57f9324',
    },
  ]
  delete operation['x-once']
}

/** A parameter's words stand in its schema where it comes from a schema of ours. */
function completeParameters(operation: Operation): void {
  for (const parameter of operation.parameters ?? []) {
    parameter.description ??= parameter.schema?.description ?? WORDS[parameter.name] ?? 'as its schema says'
  }
}

const WORDS: { [parameter: string]: string } = {
  id: 'its id',
  no: 'its number',
}

function completeEnding(operation: Operation, ending: Ending | undefined): void {
  if (ending === undefined) return
  operation.deprecated = true
  const until = new Date(ending.sunsetS * 1000).toISOString().slice(0, 10)
  operation.description = `${operation.description ?? ''}\n\nGoes away on ${until}; use \`${ending.instead}\` instead.`
}

function putExample(operation: Operation, example: Example | undefined): void {
  if (example === undefined) return
  const given = { ...example.path, ...example.query }
  for (const parameter of operation.parameters ?? []) {
    if (parameter.in !== 'header' && given[parameter.name] !== undefined) parameter.example = given[parameter.name]
  }
  const [request] = Object.values(operation.requestBody?.content ?? {})
  if (request !== undefined && example.body !== undefined) request.example = example.body
  const [answer] = Object.values(operation.responses[example.status]?.content ?? {})
  if (answer !== undefined && example.answer !== undefined) answer.example = example.answer
}

/** Every schema that has a name becomes a reference; `isItself`: all but the whole of it. */
function named(value: unknown, names: ReadonlyMap<string, string>, isItself = false): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(one => named(one, names))
  const isSchema = 'type' in value || 'anyOf' in value
  const name = isSchema && !isItself ? names.get(JSON.stringify(value)) : undefined
  if (name !== undefined) return { $ref: `#/components/schemas/${name}` }
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, key === 'example' ? one : named(one, names)]),
  )
}

function copyOf(schema: TSchema): unknown {
  return JSON.parse(JSON.stringify(schema))
}
