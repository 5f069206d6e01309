import { expect, test } from 'vitest'
import { type CpuProfile, flameSvg } from '../../../bench/flame-svg.ts'

const at = (functionName: string, url = '', lineNumber = 0) => ({ callFrame: { functionName, url, lineNumber } })
const profile: CpuProfile = {
  nodes: [
    { id: 1, ...at('(root)'), children: [2, 3, 4] },
    { id: 2, ...at('(idle)') },
    { id: 3, ...at('open<T>', 'file:///home/nrt/gateway/lane.ts', 41), children: [5] },
    { id: 4, ...at('open<T>', 'file:///home/nrt/gateway/lane.ts', 41) },
    { id: 5, ...at('hash', 'node:crypto', 9) },
  ],
  samples: [2, 3, 5, 4],
  timeDeltas: [9_000_000, 1_000_000, 1_000_000, 2_000_000],
}

test('a flame graph is as wide as the time: idle left out, one function once, and no path of this machine in it', () => {
  const svg = flameSvg(profile, 'a & b', 'file:///home/nrt/')
  expect(svg).toContain('a &amp; b')
  expect(svg).toContain('4.0 s of processor')
  expect(svg).toContain('<title>open&lt;T&gt; gateway/lane.ts:42, 100.0 %</title>')
  expect(svg).toContain('<title>hash node:crypto:10, 25.0 %</title>')
  expect(svg).not.toContain('idle')
  expect(svg).not.toContain('/home')
})
