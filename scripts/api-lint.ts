// `npm run api:lint`: the descriptions of the API, as a platform gives them out, before Redocly's linter and rules of our own. Exit code 0 only without
// an error and without a warning; `--json` prints what was found, one object a line. The rules are told in docs/api.md.

import { createConfig, lintFromString } from '@redocly/openapi-core'
import { openTestBackend } from '../test/support/backend.ts'
import { apiRules } from './api-rules.ts'

const RULES = {
  'operation-description': 'error',
  'operation-tag-defined': 'error',
  'parameter-description': 'error',
  'path-params-defined': 'error',
  'paths-kebab-case': 'off', // hawkBit's interface names its own: nrt/kebab-paths
  'operation-4xx-response': 'off', // a probe has nothing to refuse: nrt/problem-answers
  'no-http-verbs-in-paths': 'off', // some acts are called so: a permission is granted, an order asked
  'operation-4xx-problem-details-rfc7807': 'error',
  'component-name-unique': 'error',
  'info-contact': 'off',
  'nrt/camel-case': 'error',
  'nrt/kebab-paths': 'error',
  'nrt/example-present': 'error',
  'nrt/problem-answers': 'error',
  'nrt/once-described': 'error',
  'nrt/list-paged': 'error',
  'nrt/event-described': 'error',
} as const

const t = await openTestBackend()
const config = await createConfig({ extends: ['recommended-strict'], rules: RULES }, { plugins: [apiRules] })
let found = 0
try {
  for (const name of ['openapi.json', 'asyncapi.json']) {
    const { body } = await t.get(`/${name}`, '')
    const source = JSON.stringify(body, undefined, 1)
    const problems = await lintFromString({ source, absoluteRef: `/${name}`, config })
    for (const { severity, ruleId, message, location } of problems) {
      const where = location[0]?.pointer ?? ''
      const line = { name, severity, ruleId, message, where }
      console.log(process.argv.includes('--json') ? JSON.stringify(line) : `${name} ${ruleId} ${where}\n  ${message}`)
    }
    found += problems.length
    console.log(`api:lint: ${name} ${(source.length / 1024).toFixed(0)} kB, ${problems.length} errors and warnings`)
  }
} finally {
  await t.stop()
}
process.exitCode = found === 0 ? 0 : 1
