// A data need that is in order: its fields in the order of a reading, its rate and schedule fitting together. What is the same need is decided here,
// because another need is another consent. Pure.

import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import { FIELD_NAMES } from '../../shared/reading/fields.ts'
import { type DataNeed, LANGUAGES } from '../../shared/schema/data-need.ts'

/** need.schedule: a delivery would hold no whole period. need.time-alone: a time of a value without the value. */
export type NeedFault = { code: 'need.schedule' } | { code: 'need.time-alone'; field: string }

/** `gasAtS` and its like say when a value was measured; alone they would only say that there is a meter. */
const VALUE_OF = {
  monthPeakAtS: 'monthPeakOfftakeW',
  gasAtS: 'gasDm3',
  waterAtS: 'waterDm3',
  heatAtS: 'heatMJ',
} as const

/** The schema was checked before. */
export function checkNeed(need: DataNeed): Result<DataNeed, NeedFault> {
  if (need.everyS > 0 && (need.everyS < need.periodS || need.everyS % need.periodS !== 0)) {
    return failed({ code: 'need.schedule' })
  }
  for (const [field, value] of Object.entries(VALUE_OF)) {
    const asked: readonly string[] = need.fields
    if (asked.includes(field) && !asked.includes(value)) return failed({ code: 'need.time-alone', field })
  }
  return ok({ ...need, fields: FIELD_NAMES.filter(field => need.fields.includes(field)) })
}

/** Of two needs that are in order. The purpose counts, in every language: it is what somebody said yes to. */
export function isSameNeed(a: DataNeed, b: DataNeed): boolean {
  return canonical(a) === canonical(b)
}

function canonical(need: DataNeed): string {
  const { purpose, fields, periodS, aggregation, historyS, everyS, lifetimeS, needsEan = false } = need
  const texts = LANGUAGES.map(language => purpose[language])
  return JSON.stringify([texts, fields, periodS, aggregation, historyS, everyS, lifetimeS, needsEan])
}
