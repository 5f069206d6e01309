// Settings of the servers: one table per part, each entry with its name, schema, default and words. They come from the environment and from
// a file of NAME=value lines (which systemd and containers read too); the environment wins. Every wrong value is named, not only the first,
// with what was found and what is allowed; of a secret nobody is told what it is.

import Type, { type Static, type TSchema } from 'typebox'
import Value from 'typebox/value'
import { failed, ok, type Result } from '../kernel/result.ts'

export interface Setting<S extends TSchema = TSchema, D = unknown> {
  /** In environment and file. */
  name: string
  schema: S
  /** undefined: may be absent. */
  standard: D
  /** Never shown; may also come as the content of the file that NAME_FILE names. */
  isSecret: boolean
}

export interface SettingsTable {
  [key: string]: Setting
}

export type SettingsOf<Table extends SettingsTable> = {
  [key in keyof Table as Table[key] extends Setting<TSchema, undefined> ? never : key]: Static<Table[key]['schema']>
} & {
  [key in keyof Table as Table[key] extends Setting<TSchema, undefined> ? key : never]?: Static<Table[key]['schema']>
}

export interface SettingFault {
  code: 'config.wrong-value' | 'config.incomplete' | 'config.unknown' | 'config.unreadable' | 'config.no-setting'
  name: string
  /** null: nothing, or a secret. */
  found: string | null
  allowed: string
  sentence: string
}

/** Texts by name. */
export interface SettingTexts {
  [name: string]: string | undefined
}

/** A key that people make (`openssl rand -base64 32`) and two programs have. */
export const KeyText = Type.String({
  pattern: '^[!-~]{24,200}$',
  description: '24 to 200 printable characters without spaces',
})

/** With a default; without one the setting may be absent. */
export function setting<S extends TSchema, D extends Static<S> | undefined>(
  name: string,
  schema: S,
  standard: D,
): Setting<S, D> {
  return { name, schema, standard, isSecret: false }
}

export function secret<S extends TSchema>(name: string, schema: S): Setting<S, undefined> {
  return { name, schema, standard: undefined, isSecret: true }
}

export function readSettings<Table extends SettingsTable>(
  table: Table,
  texts: SettingTexts,
): Result<SettingsOf<Table>, SettingFault[]> {
  const { values, faults } = readPartly(table, texts)
  return faults.length > 0 ? failed(faults) : ok(values as SettingsOf<Table>)
}

/** What is right in it and what is wrong, for who looks whether values fit together: all that is wrong is said in one go. */
export function readPartly<Table extends SettingsTable>(
  table: Table,
  texts: SettingTexts,
): { values: Partial<SettingsOf<Table>>; faults: SettingFault[] } {
  const values: { [key: string]: unknown } = {}
  const faults: SettingFault[] = []
  for (const [key, { name, schema, standard, isSecret }] of Object.entries(table)) {
    const text = texts[name]
    // Set to nothing is not set; but an empty directory or address would become another one in silence.
    if (text === undefined || (text === '' && typeof standard !== 'string')) {
      if (standard !== undefined) values[key] = standard
      continue
    }
    const value = valueIn(schema, text)
    if (Value.Check(schema, value)) values[key] = value
    else faults.push(wrongValue(name, isSecret ? null : text, allowedBy(schema)))
  }
  return { values: values as Partial<SettingsOf<Table>>, faults }
}

/** What is wrong by itself, and what does not fit together: a wrong value is not also said to be missing. */
export function allFaults(wrong: SettingFault[], unfit: SettingFault[]): SettingFault[] {
  return [...wrong, ...unfit.filter(({ name }) => !wrong.some(fault => fault.name === name))]
}

/** What a schema takes, in words. */
export function allowedBy(schema: TSchema): string {
  return (schema as { description?: string }).description ?? 'something else'
}

export function wrongValue(name: string, found: string | null, allowed: string): SettingFault {
  const shown = found === null ? 'what it is' : JSON.stringify(found)
  return { code: 'config.wrong-value', name, found, allowed, sentence: `${name} must be ${allowed}, not ${shown}.` }
}

export function incomplete(name: string, allowed: string, why: string): SettingFault {
  return { code: 'config.incomplete', name, found: null, allowed, sentence: `${name} is missing: ${why}.` }
}

/** Whole numbers by their digits only: a conversion that rounds "1.5" or takes "1e3" would hide a mistake. */
function valueIn(schema: TSchema, text: string): unknown {
  const isNumber = (schema as { type?: string }).type === 'integer'
  return isNumber && /^\d{1,15}$/.test(text) ? Number(text) : text
}
