// Each of our programs is built once in a run of the tests, by the first process that wants it; the next run builds anew.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export default function keepBuilds(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-builds-'))
  process.env.NRT_BUILDS_KEPT = folder
  return () => rmSync(folder, { recursive: true, force: true })
}
