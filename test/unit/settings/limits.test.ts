import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { withTables } from '../../../scripts/limits-table.ts'

test('docs/limits.md says what the code does: npm run docs:limits writes it', () => {
  const page = readFileSync('docs/limits.md', 'utf8')
  expect(withTables(page)).toBe(page)
})
