// Delivery's counters and timers for Prometheus. No ids: whose deliveries they are stands in no label.

import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export function createDeliveryMetrics(registry: Registry) {
  const registers = [registry]
  return {
    deliveries: new Counter({
      name: 'nrt_delivery_total',
      help: 'Deliveries to ESPs by what became of them',
      labelNames: ['channel', 'outcome'] as const,
      registers,
    }),
    readings: new Counter({
      name: 'nrt_delivery_readings_total',
      help: 'Readings that an ESP has confirmed',
      labelNames: ['channel'] as const,
      registers,
    }),
    seconds: new Histogram({
      name: 'nrt_delivery_seconds',
      help: 'From the gateway’s receiving a batch to an ESP’s confirmation, of what went out at once',
      labelNames: ['channel'] as const,
      buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    }),
    endSeconds: new Histogram({
      name: 'nrt_delivery_end_seconds',
      help: 'From a permission’s end to the moment after which no byte of it can leave',
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2],
      registers,
    }),
  }
}

export type DeliveryMetrics = ReturnType<typeof createDeliveryMetrics>

/** Lanes with something that was stored and is not on its way: an ESP that is away or slow, or a platform that is. */
export function watchPending(registry: Registry, pendingLanes: () => number): void {
  new Gauge({
    name: 'nrt_delivery_lanes_pending',
    help: 'Permissions, by channel, with readings that wait to be read from the store for their ESP',
    registers: [registry],
    collect() {
      this.set(pendingLanes())
    },
  })
}
