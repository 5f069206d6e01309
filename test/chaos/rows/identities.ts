// Others under a dongle's name: a client with its id and no key, and a clone with its key and readings of its own.

import { setTimeout as delay } from 'node:timers/promises'
import { connect } from 'mqtt'
import { batchOf, identityOf, ScriptedDongle } from '../../support/scripted-dongle.ts'
import type { Row } from '../row.ts'
import { OPERATOR_KEY, type Stage, type StageName, T0_S } from '../stage.ts'

const AGAIN_MS = 500
/** What the clone says it measured, under numbers of dongle 0 that are stored already. */
const CLONED_SEQS = [0, 10, 20]

/** Comes again and again under the id of dongle 0, with a password that it made up. */
function duplicateIds(where: string, stage: StageName): Row {
  return {
    ...{ name: `duplicate client id: ${where}`, stage, isQuick: stage === 'shared' },
    async hurt({ apart }, holdMs) {
      const endMs = performance.now() + holdMs
      const { dongleId: clientId } = identityOf(0)
      while (performance.now() < endMs) {
        const login = { clientId, username: clientId, password: 'made up', reconnectPeriod: 0 }
        const client = connect({ host: '127.0.0.1', port: apart.portOf(0), protocolVersion: 4, ...login })
        client.on('error', () => {})
        const closed = new Promise<void>(resolve => client.once('close', () => resolve()))
        await Promise.race([closed, delay(AGAIN_MS)])
        client.end(true)
        await closed
        await delay(AGAIN_MS)
      }
    },
  }
}

const clone: Row = {
  name: 'cloned dongle: other readings under the same numbers',
  stage: 'direct',
  isQuick: true,
  async hurt(stage, holdMs) {
    const { apart, dongles } = stage
    const original = dongles[0] as ScriptedDongle
    const options = { identity: identityOf(0), port: apart.portOf(0), session: original.session + 1 }
    const copy = new ScriptedDongle(options)
    try {
      await copy.connect()
      for (const seq of CLONED_SEQS) copy.post(batchOf(1, seq, 10, T0_S - 7))
      await Promise.race([copy.closed(), delay(holdMs)])
    } finally {
      copy.cut()
    }
    // both count their sessions on; whoever is behind is refused until it has caught up
    await untilSuspected(stage)
    await act(stage, 'clear-clone')
  },
}

async function untilSuspected(stage: Stage): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const shown = (await (await ask(stage, '')).json()) as { state?: string }
    if (shown.state === 'suspended') return
    await delay(100)
  }
  throw new Error('nobody noticed that the dongle has a clone')
}

async function act(stage: Stage, act: string): Promise<void> {
  const answer = await ask(stage, '/acts', { act })
  if (!answer.ok) throw new Error(`${act} gave ${answer.status}: ${await answer.text()}`)
}

function ask({ apart }: Stage, path: string, body?: object): Promise<Response> {
  return fetch(`http://127.0.0.1:${apart.httpPort}/api/v1/dongles/${identityOf(0).dongleId}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  })
}

export const IDENTITY_ROWS: Row[] = [
  duplicateIds('at mosquitto, which proves nobody', 'shared'),
  duplicateIds('at a gateway’s listener', 'direct'),
  clone,
]
