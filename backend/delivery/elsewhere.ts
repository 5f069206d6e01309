// What only the backend that delivers can do or knows, asked at any of them (docs/adr/0071): a replay is over when the database says so, how an endpoint
// does is asked and answered in lines. Both are said again until it is done: for a moment nobody may deliver, and a line may not be heard.

import { setTimeout as delay } from 'node:timers/promises'
import { Problem } from '../problem.ts'
import type { Talk } from '../siblings/talk.ts'
import type { Checkpoint, DeadDelivery } from './checkpoint.ts'
import type { Outbox } from './outbox.ts'
import type { DeskHealth, Webhooks } from './webhooks.ts'

export interface ElsewhereRooms {
  outbox: Pick<Outbox, 'isDelivering' | 'replay'>
  webhooks: Pick<Webhooks, 'health'>
  checkpoint: Pick<Checkpoint, 'oneDead'>
  /** Absent: this is the only backend. */
  talk: Pick<Talk, 'tell' | 'hear'> | undefined
  /** Something failed that is tried again; for the log. */
  trouble(error: Error): void
}

/** Both answer with problem `store.unavailable` when nobody delivers for TRIES_MAX × AGAIN_MS; what waited waits as before. */
export interface Elsewhere {
  /** Resolves when the stretch of `dead` is written down as one to be delivered. */
  replay(dead: DeadDelivery): Promise<void>
  health(espId: string): Promise<DeskHealth>
}

const AGAIN_MS = 100
/** Longer than it takes another backend to go on for one that died. */
const TRIES_MAX = 50

export function openElsewhere({ outbox, webhooks, checkpoint, talk, trouble }: ElsewhereRooms): Elsewhere {
  /** Letters that are being put back here. */
  const replaying = new Set<number>()
  /** Who waits to hear how an ESP's endpoint does. */
  const waiting = new Map<string, Set<(health: DeskHealth) => void>>()

  talk?.hear({
    replay: ({ dead }) => void putBack(dead).catch(trouble),
    'desk-wanted': ({ espId }) => {
      if (outbox.isDelivering()) talk.tell({ do: 'desk', espId, health: webhooks.health(espId) })
    },
    desk: ({ espId, health: said }) => {
      for (const told of waiting.get(espId) ?? []) told(said)
    },
  })
  return { replay, health }

  async function replay(dead: DeadDelivery): Promise<void> {
    if (outbox.isDelivering()) return outbox.replay(dead)
    await patiently(async () => {
      talk?.tell({ do: 'replay', dead })
      await delay(AGAIN_MS)
      return (await checkpoint.oneDead(dead.espId, dead.no)) === undefined || undefined
    })
  }

  /** A line that is said again is heard once. */
  async function putBack(dead: DeadDelivery): Promise<void> {
    if (!outbox.isDelivering() || replaying.has(dead.no)) return
    replaying.add(dead.no)
    try {
      if ((await checkpoint.oneDead(dead.espId, dead.no)) !== undefined) await outbox.replay(dead)
    } finally {
      replaying.delete(dead.no)
    }
  }

  async function health(espId: string): Promise<DeskHealth> {
    if (outbox.isDelivering()) return webhooks.health(espId)
    let said: DeskHealth | undefined
    const told = Promise.withResolvers<void>()
    const hear = (health: DeskHealth): void => {
      said = health
      told.resolve()
    }
    const hearers = waiting.get(espId) ?? new Set()
    waiting.set(espId, hearers.add(hear))
    try {
      return await patiently(async () => {
        talk?.tell({ do: 'desk-wanted', espId })
        await Promise.race([told.promise, delay(AGAIN_MS)])
        return said
      })
    } finally {
      hearers.delete(hear)
      if (hearers.size === 0) waiting.delete(espId)
    }
  }
}

async function patiently<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const answer = await ask()
    if (answer !== undefined) return answer
  }
  throw new Problem('store.unavailable', 'No backend delivers at this moment; ask again.')
}
