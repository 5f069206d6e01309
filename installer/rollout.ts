// `nrt rollout …`: an operator's way to send a release to the fleet, watch it and stop it. It speaks REST and knows the API's words only.

import { Command } from 'commander'
import type { RolloutView, UpdateEvent } from '../shared/schema/update.ts'
import { askOperator, guarded, languageOfCommand, listOfOperator, print } from './operator-rest.ts'
import { Refusal } from './refusal.ts'
import type { Language } from './text/language.ts'
import { withWhy } from './text/say.ts'
import { dongleIdOf, secondsOf } from './typed.ts'

const HELP = `
A rollout goes in waves: 5 dongles, 1 %, 10 %, 50 %, all. Each wave must be healthy and soak before the next begins. It stops by itself
for good when too many fail, and pauses when too many fall silent; what a dongle cannot run it gives up by itself.
  nrt rollout start --version 12 --pilot 0123456789AB9 --window 01:00-05:00
  NRT_OPERATOR_KEY=… nrt rollout approve ro_…      by another person than who started it
  nrt rollout status ro_… --wait 3600
  nrt rollout log ro_…                             who did what; --dongles: and what became of each

Whoever starts, approves or resumes needs a key of their own in NRT_OPERATOR_KEY (npm run add-operator); pausing, cancelling and
looking may also the server's operator key. NRT_URL is the backend's address (default http://127.0.0.1:8080).
Exit codes: 0 done or taken; 1 refused by the backend, or (status) stopped or cancelled; 2 the question could not be asked.`

interface StartOptions {
  version: string
  pilot?: string[]
  window?: string
  timeZone: string
  soak?: string
  answer?: string
  patience?: string
  trial?: string
  plan?: string
  json?: boolean
}

interface StatusOptions {
  json?: boolean
  wait?: string
  dongles?: boolean
}

const POLL_MS = 1000
const OVER = ['stopped', 'cancelled', 'done']

export function rolloutCommand(): Command {
  const command = new Command('rollout').description('send a release to the fleet, in waves').addHelpText('after', HELP)
  const lang = (): Language => languageOfCommand(command)
  const exits = async (work: () => Promise<number>): Promise<void> => {
    process.exitCode = await guarded(command, work)
  }
  command
    .command('start')
    .description('propose it; somebody else approves')
    .requiredOption('--version <n>', 'of the release')
    .option('--pilot <id...>', 'dongles that go first')
    .option('--window <from-to>', 'local time at which dongles may be given it, as 01:00-05:00')
    .option('--time-zone <name>', 'of the window', 'Europe/Brussels')
    .option('--soak <s>', 'seconds that a wave is looked at once it is healthy')
    .option('--patience <s>', 'seconds that a wave waits for dongles that are away')
    .option('--answer <s>', 'seconds after which a dongle counts as silent')
    .option('--trial <s>', 'seconds that the program must have lived to be good')
    .option('--plan <json>', 'more of the plan, as the API has it: {"waves": [{"dongles": 2}, {"permille": 1000}]}')
    .option('--json', 'the rollout as one JSON object')
    .action((options: StartOptions) =>
      exits(async () => {
        const body = {
          version: Number(options.version),
          plan: planOf(options),
          pilots: (options.pilot ?? []).map(dongleIdOf),
        }
        return show(await askOperator<RolloutView>('POST', '/rollouts', body), options, lang())
      }),
    )
  for (const [word, what] of [
    ['approve', 'let it begin; not by who started it'],
    ['pause', 'give it to nobody more, for now'],
    ['resume', 'go on; who resumes has looked at the silent ones'],
    ['cancel', 'end it for good; who has begun ends it'],
  ] as const) {
    command
      .command(word)
      .description(what)
      .argument('<id>')
      .option('--json', 'the rollout as one JSON object')
      .action((id: string, options: { json?: boolean }) =>
        exits(async () => show(await askOperator<RolloutView>('POST', `${pathOf(id)}/${word}`), options, lang())),
      )
  }
  command
    .command('status')
    .description('how far it is')
    .argument('<id>')
    .option('--wait <s>', 'wait so long for its end')
    .option('--dongles', 'each dongle and what became of it')
    .option('--json', 'JSON objects, one a line')
    .action((id: string, options: StatusOptions) => exits(() => status(id, options, lang())))
  command
    .command('log')
    .description('who did what about it, newest first; without an id about everything: releases, rollouts, tokens')
    .argument('[id]')
    .option('--dongles', 'also what became of each dongle')
    .option('--json', 'one JSON object a line')
    .action((id: string | undefined, options: { json?: boolean; dongles?: boolean }) =>
      exits(async () => {
        const path = id === undefined ? '/update-events' : `${pathOf(id)}/events`
        const acts = options.dongles === true ? '' : '?acts=true'
        const events = listOfOperator<UpdateEvent>(`${path}${acts}`)
        for await (const item of events) print(options.json === true ? JSON.stringify(item) : eventLine(item, lang()))
        return 0
      }),
    )
  command
    .command('list')
    .description('all of them, newest first')
    .option('--json', 'one JSON object a line')
    .action((options: { json?: boolean }) =>
      exits(async () => {
        for await (const item of listOfOperator<RolloutView>('/rollouts')) show(item, options, lang())
        return 0
      }),
    )
  return command
}

async function status(id: string, options: StatusOptions, language: Language): Promise<number> {
  const waitMs = options.wait === undefined ? 0 : secondsOf('--wait', options.wait) * 1000
  let rollout = await askOperator<RolloutView>('GET', pathOf(id))
  const untilMs = performance.now() + waitMs
  while (!OVER.includes(rollout.state) && performance.now() < untilMs) {
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
    rollout = await askOperator<RolloutView>('GET', pathOf(id))
  }
  show(rollout, options, language)
  if (options.dongles === true) {
    const words = (item: object): string =>
      Object.values(item)
        .map(value => (typeof value === 'string' ? withWhy(value, language) : (value ?? '-')))
        .join('  ')
    const dongles = listOfOperator<object>(`${pathOf(id)}/dongles`)
    for await (const item of dongles) print(options.json === true ? JSON.stringify(item) : words(item))
  }
  return rollout.state === 'stopped' || rollout.state === 'cancelled' ? 1 : 0
}

function pathOf(id: string): string {
  return `/rollouts/${encodeURIComponent(id)}`
}

/** The backend checks it; here only what a shell makes of numbers and times. */
function planOf({ window, timeZone, soak, patience, answer, trial, plan }: StartOptions): object {
  return {
    ...(plan === undefined ? {} : planIn(plan)),
    ...(soak === undefined ? {} : { soakS: Number(soak) }),
    ...(patience === undefined ? {} : { patienceS: Number(patience) }),
    ...(answer === undefined ? {} : { answerS: Number(answer) }),
    ...(trial === undefined ? {} : { trialS: Number(trial) }),
    ...(window === undefined ? {} : { window: { ...minutesOf(window), timeZone } }),
  }
}

function planIn(text: string): object {
  try {
    return Object(JSON.parse(text)) as object
  } catch (error) {
    throw new Refusal('plan.malformed', { why: (error as Error).message }, undefined, error)
  }
}

function minutesOf(window: string): { fromMinute: number; toMinute: number } {
  const [, fromH, fromM, toH, toM] = /^(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)$/.exec(window) ?? []
  if (toM === undefined) throw new Refusal('window.malformed', { text: window })
  return { fromMinute: Number(fromH) * 60 + Number(fromM), toMinute: Number(toH) * 60 + Number(toM) }
}

function show(rollout: RolloutView, { json }: { json?: boolean }, language: Language): number {
  if (json === true) {
    print(JSON.stringify(rollout))
    return 0
  }
  const { rolloutId, name, version, state, reason, dongles, maker, approver } = rollout
  print(
    `${rolloutId}: ${state}${reason === null ? '' : ` (${withWhy(reason, language)})`}, ${name} (version ${version}) for ${dongles} dongles`,
  )
  print(`  by ${maker}, ${approver === null ? 'not approved' : `approved by ${approver}`}`)
  for (const [i, { reach, given, healthy, failed, silent }] of rollout.waves.entries()) {
    const mark = i + 1 === rollout.wave ? '>' : ' '
    print(
      `${mark} wave ${i + 1}: up to ${reach}; given ${given}, healthy ${healthy}, failed ${failed}, silent ${silent}`,
    )
  }
  const { unable = 0 } = rollout.counts
  if (unable > 0) print(`  ${unable} more cannot be updated; status --dongles says why`)
  return 0
}

function eventLine(event: UpdateEvent, language: Language): string {
  const { atS, actor, who, kind, version, rolloutId, dongleId } = event
  const detail = event.detail === null ? '' : withWhy(event.detail, language)
  const when = new Date(atS * 1000).toISOString().slice(0, 19).replace('T', ' ')
  const by = who === null ? actor : `${who} (${actor})`
  const what = [version === null ? '' : `version ${version}`, rolloutId ?? '', dongleId ?? '', detail]
  return `${when}  ${kind}  by ${by}  ${what.filter(part => part !== '').join('  ')}`.trimEnd()
}
