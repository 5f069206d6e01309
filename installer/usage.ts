// What is wrong with a command line, as a refusal with its code: commander says it in English only, and its sentence is all that it gives.

import type { Command, CommanderError } from 'commander'
import { Refusal } from './refusal.ts'
import type { UsageCode } from './refusal-codes.ts'

const CODES: { [code in string]?: UsageCode } = {
  'commander.unknownOption': 'usage.unknown-option',
  'commander.unknownCommand': 'usage.unknown-command',
  'commander.missingArgument': 'usage.missing-argument',
  'commander.missingMandatoryOptionValue': 'usage.missing-option',
  'commander.optionMissingArgument': 'usage.missing-value',
  'commander.invalidArgument': 'usage.wrong-value',
  'commander.conflictingOption': 'usage.conflict',
  'commander.excessArguments': 'usage.too-many',
}

/** The same settings for every command below: each leaves by an error that knows where on the line it was. */
export function heedUsage(command: Command): void {
  command.exitOverride(error => {
    throw Object.assign(error, { path: pathOf(command) })
  })
  for (const below of command.commands) {
    below.copyInheritedSettings(command)
    heedUsage(below)
  }
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}

/** Undefined for what is no mistake: help was asked for, or there was no question at all. */
export function usageRefusal(error: CommanderError & { path?: string }): Refusal | undefined {
  const code = CODES[error.code]
  if (code === undefined) return undefined
  const [name = '', other = ''] = [...error.message.matchAll(/'([^']*)'/g)].map(match => match[1] as string)
  // of a value behind a command it is said the other way round
  const [first, second] = error.message.includes('for argument') ? [other, name] : [name, other]
  const meant = /Did you mean (?:one of )?(.+)\?\)/.exec(error.message)?.[1]
  const why = /is invalid(?: for argument '.*')?\. (?:Allowed choices are )?(.+)$/.exec(error.message)?.[1]
  return new Refusal(code, { name: first, other: second, command: error.path ?? 'nrt' }, why ?? (meant && `${meant}?`))
}
