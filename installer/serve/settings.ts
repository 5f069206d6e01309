// The settings of each program, gathered from file and environment: which tables it reads, what is wrong in them, and what stands where.

import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { BACKEND_SETTINGS, readBackendConfig } from '../../backend/config.ts'
import { BACKEND_LINK_SETTINGS, readBackendLinkConfig } from '../../backend/link/config.ts'
import { GATEWAY_SETTINGS, readGatewayConfig } from '../../gateway/config.ts'
import { GATEWAY_LINK_SETTINGS, readGatewayLinkConfig } from '../../gateway/link/config.ts'
import type { Result } from '../../shared/kernel/result.ts'
import { PROCESS_SETTINGS } from '../../shared/schema/process-settings.ts'
import { gatherSettings, type Origin, type Sources } from '../../shared/schema/setting-sources.ts'
import { readSettings, type SettingFault, type SettingsTable, type SettingTexts } from '../../shared/schema/settings.ts'
import { faultsOfFiles, faultsOfLines } from './setting-files.ts'

/** All in one process, or one half of it. */
export const PROGRAMS = ['start', 'gateway', 'backend'] as const
export type Program = (typeof PROGRAMS)[number]

/** A setting as it stands: `value` is null where there is none, and for a secret; that it is set shows in its origin. */
export interface Standing {
  name: string
  value: string | number | null
  origin: Origin
  isSecret: boolean
}

export interface Loaded {
  texts: SettingTexts
  standing: Standing[]
  faults: SettingFault[]
  warnings: SettingFault[]
}

type Reader = (texts: SettingTexts) => Result<unknown, SettingFault[]>

const PARTS: { [program in Program]: readonly [SettingsTable, Reader][] } = {
  start: [
    [BACKEND_SETTINGS, readBackendConfig],
    [GATEWAY_SETTINGS, readGatewayConfig],
  ],
  gateway: [
    [GATEWAY_SETTINGS, readGatewayConfig],
    [GATEWAY_LINK_SETTINGS, readGatewayLinkConfig],
  ],
  backend: [
    [BACKEND_SETTINGS, readBackendConfig],
    [BACKEND_LINK_SETTINGS, readBackendLinkConfig],
  ],
}

/** Every setting of every program. */
export const ALL_SETTINGS: SettingsTable[] = [
  PROCESS_SETTINGS,
  ...new Set(Object.values(PARTS).flatMap(parts => parts.map(([table]) => table))),
]

/** All that is to be known of a program's settings. A settings file that cannot be read is a fault as any other. */
export function loadSettings(program: Program, environment: SettingTexts, file = environment.NRT_CONFIG_FILE): Loaded {
  const parts = [[PROCESS_SETTINGS, readProcess] as const, ...PARTS[program]]
  const tables = parts.map(([table]) => table)
  const sources: Sources = { environment, readText: path => readFileSync(path, 'utf8') }
  const faults: SettingFault[] = []
  if (file !== undefined && file !== '') {
    try {
      const text = readFileSync(file, 'utf8')
      sources.file = { path: file, texts: parseEnv(text) }
      faults.push(...faultsOfLines(file, text))
    } catch {
      faults.push(unreadable(file))
    }
  }
  const { texts, origins, ...gathered } = gatherSettings(tables, ALL_SETTINGS, sources)
  faults.push(...gathered.faults)
  for (const [, read] of parts) {
    const result = read(texts)
    if (!result.ok) faults.push(...result.fault)
  }
  faults.push(...faultsOfFiles(texts, sources.readText))
  const standing = tables.flatMap(table =>
    Object.values(table).map(({ name, standard, isSecret }) => ({
      ...{ name, isSecret, origin: origins[name] ?? 'default' },
      value: isSecret ? null : (texts[name] ?? (standard as string | number | undefined) ?? null),
    })),
  )
  return { texts, standing, faults: unique(faults), warnings: gathered.warnings }
}

const readProcess: Reader = texts => readSettings(PROCESS_SETTINGS, texts)

/** Both halves have the link's key: it is missing once. */
function unique(faults: SettingFault[]): SettingFault[] {
  return faults.filter((fault, at) => faults.findIndex(other => other.sentence === fault.sentence) === at)
}

function unreadable(path: string): SettingFault {
  const sentence = `The settings file ${JSON.stringify(path)} cannot be read.`
  return { code: 'config.unreadable', name: 'NRT_CONFIG_FILE', found: path, allowed: 'a file to read', sentence }
}
