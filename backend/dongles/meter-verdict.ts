// Does the meter behind a dongle belong to who has claimed it? The access register's answer beside what the dongle heard; pure. Nothing is
// concluded from silence, and a meter that fits nothing of this person's says nothing about whose it is.

import type { Result } from '../../shared/kernel/result.ts'
import type { RegisterEntry } from '../../shared/schema/access-register.ts'
import type { WaitReason } from '../../shared/schema/custody.ts'
import { plainSerial } from '../access-register/entries.ts'

export type MeterVerdict = { kind: 'fits'; entry: RegisterEntry } | { kind: 'waits'; reason: WaitReason }

/**
 * `serial`: of the newest authentic telegram; undefined: none has come. `points`: what the register has for the person; undefined: the account
 * is not linked with it. Two points with the same serial would be a register in disorder: the first is as good as none.
 */
export function judgeMeter(
  serial: string | undefined,
  points: Result<RegisterEntry[], unknown> | undefined,
): MeterVerdict {
  if (points === undefined) return { kind: 'waits', reason: 'holder-unknown' }
  if (serial === undefined) return { kind: 'waits', reason: 'no-telegram' }
  if (!points.ok) return { kind: 'waits', reason: 'register-unreachable' }
  if (points.value.length === 0) return { kind: 'waits', reason: 'no-point' }
  const heard = plainSerial(serial)
  const fitting = points.value.filter(({ meterSerial }) => meterSerial !== null && plainSerial(meterSerial) === heard)
  const [entry] = fitting
  if (entry !== undefined && fitting.length === 1 && heard !== undefined) return { kind: 'fits', entry }
  const hasUnlisted = points.value.some(point => point.meterSerial === null)
  return { kind: 'waits', reason: hasUnlisted ? 'meter-unlisted' : 'other-meter' }
}
