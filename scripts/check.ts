// `npm run check`: everything that CI asks, in the order in which a failure is cheapest to see. Prints one line a step and
// stops at the first that fails; `--from STEP` starts further on.

import { spawnSync } from 'node:child_process'

const STEPS = ['typecheck', 'lint', 'imports', 'dead', 'api:lint', 'test', 'bundle:report'] as const

const fromIndex = process.argv.indexOf('--from')
const start = fromIndex < 0 ? 0 : STEPS.findIndex(step => step === process.argv[fromIndex + 1])
if (start < 0) {
  console.error(`check: --from takes one of ${STEPS.join(', ')}`)
  process.exit(2)
}
const skipTests = process.argv.includes('--no-test')

for (const step of STEPS.slice(start)) {
  if (step === 'test' && skipTests) continue
  const startedMs = performance.now()
  const { status } = spawnSync('npm', ['run', '--silent', step], { stdio: 'inherit' })
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  console.log(`check: ${step} ${status === 0 ? 'ok' : 'FAILED'} (${seconds} s)`)
  if (status !== 0) process.exit(1)
}
console.log('check: all ok')
