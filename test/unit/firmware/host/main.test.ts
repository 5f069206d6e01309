// The virtual dongle as a person starts it.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

test('without a program it says which one it lacks, and what makes it', () => {
  const main = fileURLToPath(new URL('../../../../firmware/host/main.ts', import.meta.url))
  const ran = spawnSync(process.execPath, [main, '--bundle', 'nowhere.js'], { encoding: 'utf8' })
  expect(ran).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(/no nowhere.js: npm run build:firmware/),
  })
})
