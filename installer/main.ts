// The `nrt` command: one file per subcommand, each adds itself to the program here. Exit codes are the same everywhere:
// 0 all is well, 1 the answer is no, 2 the question could not be asked (arguments, files). What talks to boards and servers has more,
// one per class of trouble (flash/trouble.ts).

import { Command, CommanderError, Option } from 'commander'
import { auditCommand } from './audit.ts'
import { backendCommand } from './backend.ts'
import { backupCommand, restoreCommand } from './backup.ts'
import { brokerConfigCommand } from './broker-config.ts'
import { configCommand } from './config.ts'
import { diagnoseCommand } from './diagnose.ts'
import { dongleCommand } from './dongle.ts'
import { flashCommand } from './flash.ts'
import { gatewayCommand } from './gateway.ts'
import { labelCommand } from './label.ts'
import { migrateCommand } from './migrate.ts'
import type { Refusal } from './refusal.ts'
import { releaseCommand } from './release.ts'
import { replayCommand } from './replay.ts'
import { rolloutCommand } from './rollout.ts'
import { schemaCommand } from './schema.ts'
import { statusCommand } from './status.ts'
import { tailCommand } from './tail.ts'
import { telegramCommand } from './telegram.ts'
import { LANGUAGES, type Language, languageOf } from './text/language.ts'
import { heedUsage, usageRefusal } from './usage.ts'

const program = new Command('nrt')
  .description('Tools for the near-real-time dongle and the meter it reads.')
  .addOption(
    new Option('--lang <code>', 'language of what is said')
      .choices(LANGUAGES)
      .default(languageOf(process.env), 'as LC_ALL, LC_MESSAGES or LANG'),
  )
  .configureHelp({ showGlobalOptions: true })
  // a mistake is said below, in the reader's language
  .configureOutput({ outputError: () => {} })

// A reader that has enough (head, less) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

const commands = [
  flashCommand,
  labelCommand,
  telegramCommand,
  dongleCommand,
  diagnoseCommand,
  releaseCommand,
  rolloutCommand,
  auditCommand,
  gatewayCommand,
  backendCommand,
  configCommand,
  brokerConfigCommand,
  migrateCommand,
  schemaCommand,
  statusCommand,
  tailCommand,
  replayCommand,
  backupCommand,
  restoreCommand,
]
for (const make of commands) program.addCommand(make())
heedUsage(program)

try {
  process.exitCode = 0
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  // Help asked for is an answer; everything else commander throws is about the arguments.
  process.exitCode = error.exitCode === 0 ? 0 : 2
  const refusal = usageRefusal(error)
  if (refusal !== undefined) sayUsage(refusal, program.opts<{ lang: Language }>().lang)
  else if (error.code === 'commander.error') process.stderr.write(`nrt: ${error.message}\n`)
}

/** For programs as a failed run is told everywhere (docs/installing.md). */
function sayUsage(refusal: Refusal, language: Language): void {
  const { what, next } = refusal.inWords(language)
  const { code, exitCode } = refusal
  if (!process.argv.includes('--json')) process.stderr.write(`nrt: ${what} (${code})\n    ${next}\n`)
  else
    process.stdout.write(
      `${JSON.stringify({ step: 'failed', state: 'failed', code, class: 'question', exitCode, what, next })}\n`,
    )
}
