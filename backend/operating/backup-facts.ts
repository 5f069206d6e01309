// What stands beside the files of a backup: when it was taken, by which program, and what each file must be.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Type, { type Static } from 'typebox'
import { Compile } from 'typebox/compile'

export const BACKUP_FILE = 'backup.json'

const Schema = Type.Object({
  format: Type.Literal(1),
  version: Type.String(),
  atS: Type.Integer({ minimum: 0, description: 'what was acknowledged before that is in it' }),
  files: Type.Array(
    Type.Object({
      name: Type.String({ pattern: '^nrt\\.sqlite(\\.inbox)?$' }),
      bytes: Type.Integer({ minimum: 0 }),
      sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    }),
    // two: it was made before there was a key tree
    { minItems: 1, maxItems: 2 },
  ),
})
export type BackupFacts = Static<typeof Schema>

const check = Compile(Schema)

/** Undefined: the folder is no backup. */
export function factsOf(folder: string): BackupFacts | undefined {
  const file = join(folder, BACKUP_FILE)
  if (!existsSync(file)) return undefined
  try {
    const facts: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return check.Check(facts) ? facts : undefined
  } catch {
    return undefined
  }
}
