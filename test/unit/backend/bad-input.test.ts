// docs/bad-input.md names what shows each line of it: the test must be there, in its words, and every code one of ours.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROBLEM_CODES } from '../../../shared/schema/problem.ts'

const ROOT = join(import.meta.dirname, '../../..')
const FILES: { [name: string]: string } = {
  people: 'test/contract/people.test.ts',
  delivery: 'test/contract/delivery.test.ts',
  certificates: 'test/unit/backend/esp-certificates.test.ts',
  deliveries: 'test/support/delivery-contract.ts',
  subscribe: 'test/unit/backend/consent/subscribe.test.ts',
  'same-answer': 'test/unit/backend/consent/same-answer.test.ts',
  once: 'test/support/once-contract.ts',
  catalogue: 'test/unit/backend/consent/catalogue.test.ts',
  'tenure-ends': 'test/unit/backend/consent/tenure-ends.test.ts',
  post: 'test/unit/backend/delivery/post.test.ts',
}

test('every line of docs/bad-input.md has its test, and its codes are ours', () => {
  const rows = readFileSync(join(ROOT, 'docs/bad-input.md'), 'utf8')
    .split('\n')
    .filter(line => line.startsWith('| ') && !line.startsWith('| What'))
    .map(line => line.split('|').map(cell => cell.trim()))
  expect(rows.length).toBeGreaterThan(20)
  for (const [, what, answer = '', shownBy = ''] of rows) {
    const [file = '', ...words] = shownBy.split(': ')
    const text = readFileSync(join(ROOT, FILES[file] ?? 'no such file'), 'utf8')
    expect(text, what).toContain(words.join(': '))
    for (const [, code] of answer.matchAll(/`([a-z-]+\.[a-z-]+)`/g)) expect(PROBLEM_CODES, what).toContain(code)
  }
})
