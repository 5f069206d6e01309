// The forms in which an ESP can have a delivery, by the word that stands in topics, addresses and settings.

import type { DeliveryFormat } from '../../../shared/schema/delivery.ts'
import type { Delivery } from '../delivery.ts'
import { jsonOf } from './json.ts'
import { rtdOf, timeSeriesOf } from './rtd.ts'

/** What goes out in a format, message by message: JSON and RTD are one, TimeSeries one per reading. None where the format cannot say any of it. */
export function documentsOf(format: DeliveryFormat, delivery: Delivery, nowS: number): object[] {
  switch (format) {
    case 'json':
      return [jsonOf(delivery)]
    case 'rtd': {
      const document = rtdOf(delivery, nowS)
      return document === undefined ? [] : [document]
    }
    case 'timeseries':
      return timeSeriesOf(delivery)
  }
}
