#!/usr/bin/env node
// The `nrt` command as npx finds it. TypeScript runs directly on Node 24 only, so an older one hands over to the project's own.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const isOldNode = Number(process.versions.node.split('.')[0]) < 24
if (!isOldNode) await import('./main.ts')
else {
  const ownNode = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url))
  if (existsSync(ownNode)) {
    const main = fileURLToPath(new URL('./main.ts', import.meta.url))
    const child = spawnSync(ownNode, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
    process.exitCode = child.status ?? 1
  } else {
    process.stderr.write(
      `nrt needs Node 24 or newer and this is ${process.versions.node}; run npm ci, which brings it.\n`,
    )
    process.exitCode = 2
  }
}
