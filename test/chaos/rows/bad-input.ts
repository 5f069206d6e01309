// What a cluster may be given by mistake: parts of different releases, a broker that delivers everything again, a database of the release before. Each is
// served or refused, and said in one line. (A wrong clock on one node is in clocks.ts.)

import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { SCHEMA } from '../../../backend/store/schema.ts'
import type { Apart } from '../../support/apart.ts'
import { startNrt } from '../../support/nrt-command.ts'
import { startRedelivering } from '../redelivering.ts'
import type { Row } from '../row.ts'
import type { StageName } from '../stage.ts'

const PROGRAM = fileURLToPath(new URL('../../..', import.meta.url))
const ROOMS = ['backend', 'gateway', 'installer', 'shared', 'firmware']

const SERVED = 'a gateway of another version is linked; both speak the same'
const NOT_SERVED = 'a gateway of another version cannot be served: bring both to one version'
const AGAIN = 'messages come again and again: each is stored once, but look at the broker'
const MIGRATED = 'the database was brought to this program’s version of the schema'

/** Another release: this one, with another version of its own and, if `link` says so, of the link. */
function anotherRelease(link?: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-release-'))
  for (const room of ROOMS) cpSync(join(PROGRAM, room), join(folder, room), { recursive: true })
  symlinkSync(join(PROGRAM, 'node_modules'), join(folder, 'node_modules'))
  const packageJson = JSON.parse(readFileSync(join(PROGRAM, 'package.json'), 'utf8')) as { version: string }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...packageJson, version: '99.0.0' }))
  if (link !== undefined) {
    const file = join(folder, 'shared/link/link.ts')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace(/LINK_VERSION = \d+/, `LINK_VERSION = ${link}`))
  }
  return folder
}

function saidOnce(apart: Apart, part: string, sentence: RegExp | string): string | undefined {
  const count = apart.log(part).filter(({ msg }) => msg.match(sentence) !== null).length
  return count === 1 ? undefined : `${part} said ${count} times: ${sentence}`
}

/** Gateway 1 is of the other release meanwhile; gateway 2 goes on. */
function otherRelease(name: string, link: number | undefined, sentence: string): Row {
  return {
    ...{ name, stage: 'shared', isQuick: true },
    async hurt({ apart }, holdMs) {
      const folder = anotherRelease(link)
      try {
        await apart.kill('gateway 1', 'SIGTERM')
        await apart.start('gateway 1', folder)
        await delay(holdMs)
        await apart.kill('gateway 1', 'SIGTERM')
        await apart.start('gateway 1')
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
    look: async ({ apart }) => saidOnce(apart, 'backend', sentence),
  }
}

const MANY_MESSAGES = 300

const redelivery: Row = {
  name: 'redelivery: the broker delivers everything three times',
  stage: 'shared',
  isQuick: true,
  async hurt({ apart }, holdMs) {
    const lines = apart.lines(/^gateway-broker/)
    const line = await startRedelivering(apart.brokerPort, 2)
    for (const one of lines) one.retarget(line.port)
    await delay(holdMs)
    // so many that one of the two gateways has seen more than it takes for what lost links leave
    while (line.repeated() < MANY_MESSAGES) await delay(50)
    for (const one of lines) one.retarget(apart.brokerPort)
    await line.stop()
  },
  async look({ apart }) {
    const said = ['gateway 1', 'gateway 2'].map(part => apart.log(part).filter(({ msg }) => msg === AGAIN).length)
    return said.some(count => count > 0) ? undefined : `no gateway said: ${AGAIN}`
  },
}

/** The backend is stopped, its database taken back by one step, and the backend started again. */
function oneBehind(stage: StageName, where: string): Row {
  return {
    ...{ name: `database behind by one migration: ${where}`, stage, isQuick: stage === 'direct' },
    async hurt({ apart }) {
      await apart.kill('backend', 'SIGTERM')
      const { code, err } = await startNrt(['schema', '--to', `${SCHEMA.length - 1}`, '--yes'], { env: apart.settings })
        .ended
      if (code !== 0) throw new Error(`nrt schema ended with ${code}: ${err}`)
      await apart.start('backend')
    },
    look: async ({ apart }) => saidOnce(apart, 'backend', MIGRATED),
  }
}

export const BAD_INPUT_ROWS: Row[] = [
  otherRelease('versions: a gateway of another release, same link', undefined, SERVED),
  otherRelease('versions: a gateway with another link', 99, NOT_SERVED),
  redelivery,
  oneBehind('shared', 'PostgreSQL'),
  oneBehind('direct', 'SQLite'),
]
