// Half an hour of a dongle's life on the real engine at a clock that waits for it: the gateway dies, the access point sends it away, and
// everything that the meter sent is in the store. `npm run soak` does the same for days.

import { expect, test } from 'vitest'
import { liveDays } from '../soak/days.ts'
import { builtBefore, fitEngine } from '../support/machines.ts'

const engine = fitEngine()
const LIFE_S = 1800
const EVERY_S = 10

const firmware = builtBefore()

test.skipIf(!engine)(
  'half an hour with a dead gateway and a lost network: all is delivered, nothing is left behind',
  async () => {
    const console: string[] = []
    const days = await liveDays({
      engine: engine!.path,
      bundle: firmware.code,
      variables: 5000,
      seconds: LIFE_S,
      everyS: EVERY_S,
      speed: 0,
      incidents: [
        { kind: 'gateway killed', fromS: 300, toS: 600 },
        { kind: 'network lost', fromS: 1100, toS: 1100 },
      ],
      line: (_second, text) => console.push(text),
    })
    expect(days).toMatchObject({ telegrams: LIFE_S / EVERY_S, lost: {}, wrong: 0 })
    // what is in the open batch when the run ends
    expect(days.missing).toBeLessThanOrEqual(2)
    expect(days.delivered).toBe(days.telegrams - days.missing)
    expect(days.sessions).toBeGreaterThanOrEqual(3)
    expect(console.join('\n')).not.toMatch(/Uncaught|MEMORY|memory: none/)
    expect(days.memory).toHaveLength(3)
    expect(days.memory[2]!.used - days.memory[1]!.used).toBeLessThan(60)
  },
  300_000,
)
