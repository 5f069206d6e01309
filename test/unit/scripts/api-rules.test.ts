// The rules of our own for the API's descriptions find what they are for: each is shown a description that breaks it, and one that does not.

import { createConfig, lintFromString } from '@redocly/openapi-core'
import { expect, test } from 'vitest'
import { apiRules } from '../../../scripts/api-rules.ts'

const json = (schema: object, example?: object) => ({ 'application/json': { schema, ...(example && { example }) } })
const text = { type: 'string' }
const list = (more: object) => ({ type: 'object', properties: { items: { type: 'array', items: text }, ...more } })

async function found(rule: string, paths: object): Promise<number> {
  const config = await createConfig({ rules: { [`nrt/${rule}`]: 'error' } }, { plugins: [apiRules] })
  const source = JSON.stringify({ openapi: '3.1.0', info: { title: 'a test', version: '1' }, paths })
  return (await lintFromString({ source, config })).length
}
const answered = (content: object, status = 200) => ({ responses: { [status]: { description: 'it', content } } })
const guarded = { security: [{ cookie: [] }] }
const key = { parameters: [{ name: 'idempotency-key', in: 'header', schema: text }] }
const pages = { parameters: [{ name: 'cursor', in: 'query', schema: text }] }

test.each([
  ['camel-case', { '/a': { get: answered(json({ type: 'object', properties: { snake_case: text } })) } }, 1],
  ['camel-case', { '/a': { get: answered(json({ type: 'object', properties: { camelCase: text } })) } }, 0],
  ['kebab-paths', { '/a_b/{id}': { get: answered({}) } }, 1],
  [
    'kebab-paths',
    { '/a-b/{id}': { get: answered({}) }, '/{tenant}/controller/v1/cancelAction': { get: answered({}) } },
    0,
  ],
  ['example-present', { '/a': { get: answered(json(text)) } }, 1],
  ['example-present', { '/a': { get: answered(json(text, {})), put: answered(json(text), 503) } }, 0],
  ['problem-answers', { '/a': { get: { ...guarded, ...answered({}) } } }, 2],
  ['problem-answers', { '/a': { get: { ...guarded, responses: { 401: {}, 403: {} } } } }, 0],
  ['once-described', { '/a': { post: { ...guarded, ...answered({}) } } }, 1],
  ['once-described', { '/a': { post: { ...guarded, ...key, ...answered({}) } } }, 0],
  ['list-paged', { '/a': { get: answered(json(list({}), {})) } }, 1],
  ['list-paged', { '/a': { get: { ...pages, ...answered(json(list({ next: text }), {})) } } }, 0],
])('%s', async (rule, paths, count) => {
  expect(await found(rule, paths)).toBe(count)
})
