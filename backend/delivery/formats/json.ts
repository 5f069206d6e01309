// A delivery as plain JSON: readings with the names and units of shared/reading, and beside them what they are, under which permission, and how they
// were reduced. The schema is in shared/schema/delivery.ts.

import type { DeliveryDocument } from '../../../shared/schema/delivery.ts'
import { aggregationOf, cutOf } from '../cut.ts'
import { type Delivery, FLAG } from '../delivery.ts'

/** `aggregation` is left out where every reading goes out as it was measured. */
export function jsonOf({ key, permission, rows }: Delivery): DeliveryDocument {
  const { permissionId, serviceId, version, ean, need } = permission
  return {
    id: key,
    permissionId,
    serviceId,
    version,
    ...(need.needsEan ? { ean } : {}),
    flag: FLAG,
    periodS: need.periodS,
    ...(need.periodS === 1 ? {} : { aggregation: aggregationOf(cutOf(permission)) }),
    readings: [...rows],
  }
}
