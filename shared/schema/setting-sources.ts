// Where settings come from: a file, the environment over it, and files that hold one secret each. Reading files is the caller's; here is
// what comes before what, and which names are nobody's.

import type { SettingFault, SettingsTable, SettingTexts } from './settings.ts'

export type Origin = 'default' | 'file' | 'environment'

export interface Sources {
  environment: SettingTexts
  /** The file's lines, and its name for what is said of them. */
  file?: { path: string; texts: SettingTexts }
  /** Of a file that holds one secret; throws when it cannot be read. */
  readText(path: string): string
}

export interface Gathered {
  texts: SettingTexts
  /** Of each name that is set. */
  origins: { [name: string]: Origin }
  faults: SettingFault[]
  /** Names in the environment that are nobody's: said, and no reason not to start. */
  warnings: SettingFault[]
}

/** Names with our prefix that are not settings of a server: what the `nrt` command itself reads, and tools. */
const NOT_SETTINGS =
  /^NRT_(URL|CONFIG_FILE|INSTALLER_KEY|RELEASE_PASSPHRASE|NO_FIRST_ACCOUNT|LINES|CUTS|RECORD|BUILDS_KEPT|INCIDENT_LINES)$/

/** `tables` are those that are read; names of `others` are known, but somebody else's, so that all parts may share one file. */
export function gatherSettings(tables: SettingsTable[], others: SettingsTable[], sources: Sources): Gathered {
  const own = tables.flatMap(table => Object.values(table))
  const known = new Set([...tables, ...others].flatMap(table => Object.values(table)).flatMap(namesOf))
  const gathered: Gathered = { texts: {}, origins: {}, faults: [], warnings: [] }
  const take = (name: string, origin: Origin, texts: SettingTexts): void => {
    const text = texts[name]
    if (text === undefined) return
    gathered.texts[name] = text
    gathered.origins[name] = origin
  }
  for (const [origin, texts] of [
    ['file', sources.file?.texts ?? {}],
    ['environment', sources.environment],
  ] as const) {
    for (const { name, isSecret } of own) {
      if (isSecret && !own.some(other => other.name === `${name}_FILE`))
        takeSecretFile(gathered, name, origin, texts, sources)
      take(name, origin, texts)
    }
    for (const name of Object.keys(texts)) {
      if (known.has(name) || NOT_SETTINGS.test(name)) continue
      if (origin === 'file') gathered.faults.push(unknown(name, sources.file?.path ?? 'the file', known))
      else if (name.startsWith('NRT_')) gathered.warnings.push(unknown(name, 'the environment', known))
    }
  }
  return gathered
}

function namesOf({ name, isSecret }: { name: string; isSecret: boolean }): string[] {
  return isSecret ? [name, `${name}_FILE`] : [name]
}

function takeSecretFile(
  into: Gathered,
  name: string,
  origin: Origin,
  texts: SettingTexts,
  { readText }: Sources,
): void {
  const path = texts[`${name}_FILE`]
  if (path === undefined || path === '') return
  try {
    into.texts[name] = readText(path).trim()
    into.origins[name] = origin
  } catch {
    const sentence = `${name}_FILE names a file that cannot be read: ${JSON.stringify(path)}.`
    into.faults.push({
      code: 'config.unreadable',
      name: `${name}_FILE`,
      found: path,
      allowed: 'a file to read',
      sentence,
    })
  }
}

function unknown(name: string, where: string, known: Set<string>): SettingFault {
  const near = nearest(name, known)
  const hint = near === undefined ? '' : ` Is ${near} meant?`
  const sentence = `${name} in ${where} is no setting.${hint}`
  return { code: 'config.unknown', name, found: null, allowed: near ?? 'the name of a setting', sentence }
}

function nearest(name: string, known: Set<string>): string | undefined {
  let best: string | undefined
  let least = 4
  for (const one of known) {
    const steps = distance(name, one)
    if (steps < least) [best, least] = [one, steps]
  }
  return best
}

/** Letters to add, take away or change (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}
