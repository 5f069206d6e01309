// What holds at this instant, and who is told when it does not any more.

import { expect, test } from 'vitest'
import type { Permission } from '../../../../backend/consent/permission.ts'
import { createValidity } from '../../../../backend/consent/validity.ts'
import { EAN } from '../../../support/facts.ts'
import { acted, GRANTED_MS, granted, someScope } from '../../../support/permissions.ts'

const NOW_MS = GRANTED_MS + 1000
const revoked = (permission: Permission) => acted(permission, { act: 'revoke', cause: 'asked' }, NOW_MS)

function world() {
  const errors: unknown[] = []
  const validity = createValidity(error => errors.push(error))
  const ended: string[] = []
  validity.onEnded(one => {
    // whoever is told finds it closed already
    ended.push(`${one.permissionId} ${one.state} ${validity.validAt(one.permissionId, NOW_MS)}`)
  })
  return { validity, errors, ended }
}

test('is valid from the grant’s commit to the end’s, and not while the end commits', () => {
  const { validity, ended } = world()
  const permission = granted()
  const id = permission.permissionId
  expect(validity.validAt(id, NOW_MS)).toBe(false)
  validity.opened(permission)
  expect(validity.validAt(id, NOW_MS)).toBe(true)
  const closing = validity.closing([id])
  expect(validity.validAt(id, NOW_MS)).toBe(false)
  expect(validity.permissionsOf(EAN, 1, NOW_MS)).toEqual([])
  expect(ended).toEqual([])
  closing.committed([revoked(permission)])
  expect(ended).toEqual([`${id} revoked false`])
  expect(validity.permission(id)).toBeUndefined()
})

test('is valid again when the end could not be written, unless another end is under way', () => {
  const { validity } = world()
  const permission = granted()
  const id = permission.permissionId
  validity.opened(permission)
  const [one, other] = [validity.closing([id]), validity.closing([id])]
  one.failed()
  one.failed()
  expect(validity.validAt(id, NOW_MS)).toBe(false)
  other.failed()
  expect(validity.validAt(id, NOW_MS)).toBe(true)
})

test('gives a tenure’s permissions only to who asks for that tenure of that metering point', () => {
  const { validity } = world()
  const [first, second] = ['perm_a', 'perm_b'].map(permissionId => granted(someScope({ permissionId })))
  validity.opened(second!)
  validity.opened(first!)
  validity.opened(granted(someScope({ permissionId: 'perm_c', tenureNo: 2 })))
  const idsOf = (ean: string, tenureNo: number) =>
    validity.permissionsOf(ean, tenureNo, NOW_MS).map(one => one.permissionId)
  expect(idsOf(EAN, 1)).toEqual(['perm_a', 'perm_b'])
  expect(idsOf(EAN, 2)).toEqual(['perm_c'])
  expect(idsOf('999999990000000029', 1)).toEqual([])
  expect(validity.permissionsOf(EAN, 1, first!.untilMs)).toEqual([])
  expect(validity.nextEndMs()).toBe(first!.untilMs)
  const later = granted(someScope({ permissionId: 'perm_d' }), GRANTED_MS + 7)
  validity.opened(later)
  for (const one of [first!, second!, validity.permission('perm_c')!]) {
    expect(validity.nextEndMs()).toBe(first!.untilMs)
    validity.closing([one.permissionId]).committed([revoked(one)])
  }
  expect(validity.nextEndMs()).toBe(later.untilMs)
})

test('tells every listener, whatever one of them throws', () => {
  const { validity, errors, ended } = world()
  const permission = granted()
  const stop = validity.onEnded(() => {
    throw new Error('a listener')
  })
  validity.onEnded(one => void ended.push(`and ${one.endCause}`))
  validity.opened(permission)
  validity.closing([permission.permissionId]).committed([revoked(permission)])
  expect(errors).toHaveLength(1)
  expect(ended.at(-1)).toBe('and asked')
  stop()
})

test('is not revived by a grant that memory hears of after its end', () => {
  const { validity } = world()
  const permission = granted()
  validity.closing([permission.permissionId]).committed([revoked(permission)])
  validity.opened(permission)
  expect(validity.validAt(permission.permissionId, NOW_MS)).toBe(false)
})
