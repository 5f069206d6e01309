import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { createMetrics } from '../../../gateway/metrics.ts'
import { REFUSALS } from '../../../gateway/refusal.ts'

test('every reason to refuse shows as 0 before it ever happened', async () => {
  const registry = new Registry()
  createMetrics(registry)
  const text = await registry.metrics()
  for (const reason of REFUSALS) expect(text).toContain(`nrt_gateway_refused_total{reason="${reason}"} 0`)
})

test('a fault code that is not in the list is counted under its own name', async () => {
  const registry = new Registry()
  const metrics = createMetrics(registry)
  metrics.refused('envelope.forged')
  metrics.refused('envelope.forged')
  expect(await registry.metrics()).toContain('nrt_gateway_refused_total{reason="envelope.forged"} 2')
})

test('a second gateway in the same process takes the names over and leaves others alone', async () => {
  const registry = new Registry()
  createMetrics(registry).refused('stopping')
  createMetrics(registry).refused('stopping')
  expect(await registry.metrics()).toContain('nrt_gateway_refused_total{reason="stopping"} 1')
})
