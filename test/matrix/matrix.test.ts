// Role × route on the real application, and docs/roles.md beside what it serves.

import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { ROLES_PAGE, rolesPage } from '../../scripts/roles-page.ts'
import { PROFILE_NAMES, TOPICS } from '../../shared/schema/access.ts'
import { downTopic, upTopic } from '../../shared/session/topics.ts'
import { type Matrix, tryAll } from './matrix.ts'

describe('role × route', () => {
  let matrix: Matrix
  beforeAll(async () => {
    matrix = await tryAll()
  })

  test('everybody gets in where the table says so, and nowhere else', () => {
    const wrong = matrix.cells.filter(({ isMeant, isLetIn }) => isMeant !== isLetIn)
    expect(wrong).toEqual([])
    const heads = matrix.routes.filter(({ method }) => method === 'HEAD').length
    expect(matrix.cells).toHaveLength((matrix.routes.length - heads) * PROFILE_NAMES.length + heads)
  })

  test('no answer was a fault of ours', () => {
    expect(matrix.cells.filter(({ answer }) => answer === '500' || answer === 'internal.broken')).toEqual([])
  })

  test('each profile is let in somewhere and kept out somewhere', () => {
    for (const profile of PROFILE_NAMES) {
      const own = matrix.cells.filter(cell => cell.profile === profile)
      expect([profile, own.some(cell => cell.isLetIn), own.some(cell => !cell.isLetIn)]).toEqual([profile, true, true])
    }
  })

  test('what weighs is refused to everybody whose sign-in is old', () => {
    expect(matrix.stale.length).toBeGreaterThan(0)
    expect(matrix.stale.filter(({ answer }) => answer !== 'sign-in.stale')).toEqual([])
  })

  test('readings and claims are refused to everybody whose grid user does not accept the terms of use', () => {
    expect(matrix.unaccepted.length).toBeGreaterThan(0)
    expect(matrix.unaccepted.filter(({ answer }) => answer !== 'terms.not-accepted')).toEqual([])
  })

  test('docs/roles.md is written from the same table', () => {
    expect(rolesPage(matrix.routes)).toBe(readFileSync(ROLES_PAGE, 'utf8')) // npm run matrix -- --write
  })
})

test('the topics of dongles in the table are those that the session speaks of', () => {
  const id = '{dongleId}'
  expect([upTopic(id), downTopic(id)]).toEqual(Object.keys(TOPICS).filter(topic => topic.startsWith('nrt/')))
})
