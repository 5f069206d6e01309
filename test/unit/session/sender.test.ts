// The dongle's half: when it connects, what it sends first, what it sends again, and what makes it let go of a batch.

import { describe, expect, test } from 'vitest'
import { nodeCrypto } from '../../../gateway/node-crypto.ts'
import { backoffMs } from '../../../shared/session/backoff.ts'
import { sealAck, sealCommand, type UpMessage } from '../../../shared/session/receiver.ts'
import { appendRecord, type Kept, nextNewer, ringStats } from '../../../shared/session/ring.ts'
import { type SenderEffect, sendKept } from '../../../shared/session/sender.ts'
import { type Conversation, converse, DONGLE_ID, effectsOf, freshIv, NOW_S } from '../../support/conversation.ts'
import fc from '../../support/given-cases.ts'
import { hexOf } from '../../support/session-vectors.ts'

const idOf = (firstSeq: number, span = 1) => ({ boot: 1, firstSeq, span })

function batchSeqs(messages: UpMessage[]): number[] {
  return messages.flatMap(message => (message.kind === 'batch' ? [message.id.firstSeq] : []))
}

function ack(conversation: Conversation, final: number[], refused: number[] = []): SenderEffect[] {
  const bytes = sealAck(
    conversation.receiver,
    {
      final: final.map(seq => idOf(seq)),
      refused: refused.map(seq => ({ id: idOf(seq), reason: 'malformed' as const })),
    },
    freshIv(),
  )
  return conversation.tell({ kind: 'message-came', bytes: bytes! })
}

function command(conversation: Conversation, number: number, name: string, seconds?: number): SenderEffect[] {
  const bytes = sealCommand(conversation.receiver, { number, name: name as 'live', seconds }, freshIv())
  return conversation.tell({ kind: 'message-came', bytes: bytes! })
}

/** A session that is open, with `backlog` batches from before. */
function opened(backlog = 0): { conversation: Conversation; effects: SenderEffect[] } {
  const conversation = converse()
  for (let i = 0; i < backlog; i++) conversation.keep()
  conversation.connect()
  return { conversation, effects: conversation.greet() }
}

describe('a batch that was just kept', () => {
  /** As the keeper does it. */
  function keptBy({ ring, sender, nextSeq }: Conversation): Kept {
    const before = ring.newestPlace
    const id = { boot: sender.setup.boot, firstSeq: nextSeq, span: 1 }
    const bytes = new Uint8Array(40).fill(nextSeq & 255)
    const kept = appendRecord(ring, id, bytes)
    if (!kept.ok) throw new Error(kept.fault.code)
    return { place: kept.value, id, bytes, before }
  }

  test('goes out the straight way as it would by way of the ring, whatever came between', () => {
    const step = fc.constantFrom('kept', 'kept', 'kept', 'unseen', 'ack', 'tick', 'stop', 'resume', 'again')
    // One row of steps is given, so that how often the straight way was really taken is not left to chance.
    const sent = Array.from({ length: 30 }, (_, index) => (index % 2 ? 'ack' : 'kept'))
    let straightly = 0
    fc.assert(
      fc.property(fc.nat({ max: 3 }), fc.array(step, { maxLength: 30 }), (backlog, steps) => {
        const both = [opened(backlog).conversation, opened(backlog).conversation]
        for (const [index, kind] of steps.entries()) {
          const said = both.map((conversation, isGeneral) => {
            conversation.nowMs += 7000
            if (kind === 'tick') return conversation.tell({ kind: 'tick' })
            if (kind === 'again') {
              conversation.reconnect()
              return conversation.greet()
            }
            if (kind === 'stop' || kind === 'resume') return command(conversation, index + 1, kind)
            if (kind === 'ack') {
              const final = conversation.sender.inFlight.slice(0, 1).map(({ id }) => id)
              const bytes = sealAck(conversation.receiver, { final, refused: [] }, freshIv())
              return bytes ? conversation.tell({ kind: 'message-came', bytes }) : []
            }
            const kept = keptBy(conversation)
            conversation.nextSeq++
            if (kind === 'unseen') return []
            const effects: SenderEffect[] = []
            if (!isGeneral && sendKept(conversation.sender, kept, conversation.nowMs, effects)) {
              straightly++
              return effects
            }
            return conversation.tell({ kind: 'look' })
          })
          const plain = said.map(effects => effectsOf(effects, 'publish').map(one => [one.name, hexOf(one.plain)]))
          expect(plain[0]).toEqual(plain[1])
        }
      }),
      { examples: [[0, sent]] },
    )
    expect(straightly).toBeGreaterThanOrEqual(15)
  })
})

describe('greeting', () => {
  test('connects with a password that proves boot and session, then says hello and nothing else', () => {
    const conversation = converse(5)
    conversation.keep()
    conversation.connect()
    expect(conversation.receiver.mark).toEqual({ boot: 5, session: 1 })
    const [hello, ...more] = conversation.opened(conversation.tell({ kind: 'link-up' }))
    expect(more).toEqual([])
    expect(hello).toMatchObject({ kind: 'hello', boot: 5, session: 1, firmware: '0.1.0', wireVersion: 1 })
    expect(effectsOf(conversation.tell({ kind: 'look' }), 'publish')).toEqual([])
    expect(effectsOf(conversation.tell({ kind: 'status', status: { boot: 5 } }), 'publish')).toEqual([])
  })

  test('takes the time from the challenge, asks for a status and begins to send', () => {
    const { conversation, effects } = opened(1)
    expect(conversation.sender.state).toBe('greeted')
    expect(effectsOf(effects, 'time-known')).toEqual([{ kind: 'time-known', timeS: NOW_S }])
    expect(effectsOf(effects, 'status-wanted')).toHaveLength(1)
    expect(effectsOf(effects, 'interval')).toEqual([])
    expect(batchSeqs(conversation.opened(effects))).toEqual([0])
  })

  test('takes over another interval, for good', () => {
    const conversation = converse()
    conversation.connect()
    expect(effectsOf(conversation.greet(60), 'interval')).toEqual([
      { kind: 'interval', intervalS: 60, isLasting: true },
    ])
  })

  test('hangs up without a challenge, and comes back under the next session number', () => {
    const conversation = converse()
    conversation.connect()
    conversation.tell({ kind: 'link-up' })
    conversation.nowMs += 15_000
    expect(effectsOf(conversation.tell({ kind: 'tick' }), 'disconnect')).toEqual([
      { kind: 'disconnect', reason: 'no-challenge' },
    ])
    conversation.reconnect()
    expect(conversation.receiver.mark.session).toBe(2)
  })

  test('uses another nonce in every session', () => {
    const conversation = converse()
    const nonces = new Set<string>()
    for (let i = 0; i < 5; i++) {
      conversation.connect()
      const [hello] = conversation.opened(conversation.tell({ kind: 'link-up' }))
      nonces.add(Buffer.from((hello as { nonce: Uint8Array }).nonce).toString('hex'))
      conversation.tell({ kind: 'link-down' })
    }
    expect(nonces.size).toBe(5)
  })
})

describe('batches', () => {
  test('the newest goes live at once; what waits goes newest first, two at a time', () => {
    const { conversation, effects } = opened(5)
    expect(batchSeqs(conversation.opened(effects))).toEqual([4, 3])
    conversation.keep()
    expect(batchSeqs(conversation.opened(conversation.tell({ kind: 'look' })))).toEqual([5])
    conversation.keep()
    expect(batchSeqs(conversation.opened(conversation.tell({ kind: 'look' })))).toEqual([6])
    expect(conversation.sender.inFlight.length).toBe(4)
    expect(batchSeqs(conversation.opened(ack(conversation, [4])))).toEqual([2])
    expect(batchSeqs(conversation.opened(ack(conversation, [5, 2])))).toEqual([1])
    expect(batchSeqs(conversation.opened(ack(conversation, [3, 1, 6])))).toEqual([0])
    ack(conversation, [0])
    expect(ringStats(conversation.ring).records).toBe(0)
    expect(conversation.sender.inFlight.length).toBe(0)
  })

  test('ask for a status when a reported backlog has drained, once', () => {
    const { conversation } = opened(5)
    conversation.tell({ kind: 'status', status: { boot: 1, ringRecords: 5 } })
    expect(effectsOf(ack(conversation, [4]), 'status-wanted')).toHaveLength(0)
    expect(effectsOf(ack(conversation, [3, 2]), 'status-wanted')).toHaveLength(1)
    conversation.tell({ kind: 'status', status: { boot: 1, ringRecords: 2 } })
    expect(effectsOf(ack(conversation, [1, 0]), 'status-wanted')).toHaveLength(0)
  })

  test('stay live on a link slower than the meter: what was passed over waits with the backlog and goes too', () => {
    const { conversation } = opened(1)
    const sent: number[] = [0]
    for (let i = 1; i <= 6; i++) {
      conversation.keep()
      sent.push(...batchSeqs(conversation.opened(conversation.tell({ kind: 'look' }))))
    }
    expect(sent).toEqual([0, 1, 2])
    const afterAck = batchSeqs(conversation.opened(ack(conversation, [1])))
    expect(afterAck).toEqual([6, 5])
    for (let i = 0; i < 8; i++) {
      const inFlight = [...sent, ...afterAck]
      sent.push(...afterAck.splice(0))
      afterAck.push(...batchSeqs(conversation.opened(ack(conversation, inFlight))))
    }
    expect([...sent].sort()).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(ringStats(conversation.ring).records).toBe(0)
  })

  test('leave the ring when stored or refused, and not before', () => {
    const { conversation } = opened(2)
    ack(conversation, [], [1])
    expect(nextNewer(conversation.ring, -1)?.id).toEqual(idOf(0))
    ack(conversation, [7, 8], [9])
    expect(ringStats(conversation.ring).records).toBe(1)
    expect(conversation.sender.messagesRefused).toBe(0)
  })

  test('stay when the ack names another span', () => {
    const { conversation } = opened(1)
    const bytes = sealAck(conversation.receiver, { final: [idOf(0, 2)], refused: [] }, freshIv())!
    conversation.tell({ kind: 'message-came', bytes })
    expect(ringStats(conversation.ring).records).toBe(1)
  })

  test('are sent again, with a new number, when no ack comes; after four times the link is hung up', () => {
    const { conversation, effects } = opened(1)
    expect(batchSeqs(conversation.opened(effects))).toEqual([0])
    const sentAt: number[] = []
    let reason = ''
    for (let s = 0; s < 400 && reason === ''; s++) {
      conversation.nowMs += 1000
      const next = conversation.tell({ kind: 'tick' })
      if (batchSeqs(conversation.opened(next)).length > 0) sentAt.push(s + 1)
      reason = effectsOf(next, 'disconnect')[0]?.reason ?? ''
    }
    expect([sentAt, reason]).toEqual([[20, 60, 140], 'no-acks'])
    expect(ringStats(conversation.ring).records).toBe(1)
    conversation.connect()
    expect(batchSeqs(conversation.opened(conversation.greet()))).toEqual([0])
  })

  test('wait while uploading is stopped; measuring goes on', () => {
    const { conversation } = opened()
    command(conversation, 1, 'stop')
    for (let i = 0; i < 3; i++) conversation.keep()
    expect(batchSeqs(conversation.opened(conversation.tell({ kind: 'look' })))).toEqual([])
    expect(batchSeqs(conversation.opened(command(conversation, 2, 'resume')))).toEqual([2, 1, 0])
  })

  test('a gateway that never answers is left after five minutes, also when batches fall out of the full ring meanwhile', () => {
    const { conversation } = opened(1)
    let reason = ''
    let seconds = 0
    for (; seconds < 400 && reason === ''; seconds++) {
      conversation.nowMs += 1000
      conversation.keep(2048)
      conversation.tell({ kind: 'look' })
      reason = effectsOf(conversation.tell({ kind: 'tick' }), 'disconnect')[0]?.reason ?? ''
    }
    expect([seconds, reason]).toEqual([300, 'no-acks'])
  })

  test('a batch dropped from a full ring while in flight is forgotten', () => {
    const { conversation } = opened(1)
    for (let i = 0; i < 80; i++) conversation.keep(2048)
    expect(ringStats(conversation.ring).readingsDropped).toBeGreaterThan(0)
    conversation.nowMs += 20_000
    expect(batchSeqs(conversation.opened(conversation.tell({ kind: 'tick' })))).not.toContain(0)
  })
})

describe('commands', () => {
  test('a live window asks for one second until it is over, and may be extended', () => {
    const { conversation } = opened()
    const effects = command(conversation, 1, 'live', 60)
    expect(conversation.opened(effects)).toEqual([{ kind: 'result', number: 1, outcome: 'done' }])
    expect(effectsOf(effects, 'interval')).toEqual([{ kind: 'interval', intervalS: 1, isLasting: false }])
    conversation.nowMs += 50_000
    expect(effectsOf(command(conversation, 2, 'live', 60), 'interval')).toEqual([])
    conversation.nowMs += 59_999
    expect(effectsOf(conversation.tell({ kind: 'tick' }), 'interval')).toEqual([])
    conversation.nowMs += 1
    expect(effectsOf(conversation.tell({ kind: 'tick' }), 'interval')).toEqual([
      { kind: 'interval', intervalS: 10, isLasting: false },
    ])
  })

  test('an interval lasts, and a live window goes on over it', () => {
    const { conversation } = opened()
    command(conversation, 1, 'live', 60)
    expect(effectsOf(command(conversation, 2, 'interval', 300), 'interval')).toEqual([
      { kind: 'interval', intervalS: 300, isLasting: true },
      { kind: 'interval', intervalS: 1, isLasting: false },
    ])
  })

  test('nonsense is refused, the unknown is called unknown', () => {
    const { conversation } = opened()
    for (const seconds of [0, 901]) {
      const effects = command(conversation, 1 + seconds, 'interval', seconds)
      expect(conversation.opened(effects)).toEqual([{ kind: 'result', number: 1 + seconds, outcome: 'refused' }])
      expect(effectsOf(effects, 'interval')).toEqual([])
    }
  })

  test('restart and status come after the result', () => {
    const { conversation } = opened()
    expect(command(conversation, 1, 'send-status').map(effect => effect.kind)).toEqual(['publish', 'status-wanted'])
    expect(command(conversation, 2, 'reboot').map(effect => effect.kind)).toEqual(['publish', 'reboot'])
  })

  test('an older or repeated number is not obeyed', () => {
    const { conversation } = opened()
    command(conversation, 5, 'stop')
    expect(command(conversation, 5, 'resume')).toEqual([])
    expect(command(conversation, 4, 'resume')).toEqual([])
    expect(conversation.sender.isStopped).toBe(true)
    expect(conversation.sender.messagesRefused).toBe(2)
  })
})

describe('status', () => {
  test('is wanted every five minutes, and sent when given', () => {
    const { conversation } = opened()
    const status = { boot: 1, uptimeS: 12, meterVersion: 'caf\xe9', rssiDbm: -70 }
    expect(conversation.opened(conversation.tell({ kind: 'status', status }))).toEqual([
      { kind: 'status', status: { ...status, meterVersion: 'caf?' } },
    ])
    conversation.nowMs += 299_000
    expect(effectsOf(conversation.tell({ kind: 'tick' }), 'status-wanted')).toEqual([])
    conversation.nowMs += 1000
    expect(effectsOf(conversation.tell({ kind: 'tick' }), 'status-wanted')).toHaveLength(1)
    expect(effectsOf(conversation.tell({ kind: 'tick' }), 'status-wanted')).toEqual([])
  })
})

describe('coming back', () => {
  const waits = (conversation: Conversation, count: number) =>
    Array.from({ length: count }, () => {
      const fromMs = conversation.nowMs
      conversation.connect()
      conversation.tell({ kind: 'link-down' })
      return conversation.nowMs - fromMs
    })

  test('waits a random share of a ceiling that doubles up to 5 minutes', () => {
    const all = waits(converse(), 40)
    all.forEach((waitMs, n) => {
      expect(waitMs).toBeLessThanOrEqual(Math.min(300_000, 2000 * 2 ** n) + 1000)
    })
    expect(Math.max(...all.slice(10))).toBeGreaterThan(170_000)
    expect(Math.min(...all.slice(10))).toBeLessThan(100_000)
  })

  test('spreads dongles evenly: their shares fill the window', () => {
    const tenths = new Array(10).fill(0)
    for (let i = 0; i < 5000; i++) tenths[Math.floor(backoffMs(nodeCrypto, `dongle${i}`, 1, 3, 9) / 30_000)]++
    for (const count of tenths) expect(count).toBeGreaterThan(400)
    expect(backoffMs(nodeCrypto, DONGLE_ID, 1, 3, 9)).toBe(backoffMs(nodeCrypto, DONGLE_ID, 1, 3, 9))
  })

  test('the way open again after a silence: a long wait is drawn anew within about a minute, a short one stays', () => {
    const conversation = converse()
    waits(conversation, 15)
    expect(conversation.sender.failures).toBe(15)
    const { atMs } = conversation.sender
    conversation.tell({ kind: 'reachable' })
    expect(conversation.sender.failures).toBe(5)
    expect(conversation.sender.atMs).toBeLessThanOrEqual(conversation.nowMs + 64_000)
    expect(conversation.sender.atMs).toBeLessThanOrEqual(atMs)
    const hurried = conversation.sender.atMs
    conversation.nowMs += 1000
    conversation.tell({ kind: 'reachable' })
    expect(conversation.sender.atMs).toBe(hurried)
  })

  test('it means nothing to a session, and does not connect before the first tick', () => {
    const fresh = converse()
    expect(fresh.tell({ kind: 'reachable' })).toEqual([])
    expect(fresh.sender.atMs).toBe(-1)
    const { conversation } = opened(1)
    const before = { ...conversation.sender }
    expect(conversation.tell({ kind: 'reachable' })).toEqual([])
    expect({ ...conversation.sender }).toEqual(before)
  })

  test('begins anew only after five minutes of a session with an ack', () => {
    const { conversation } = opened(1)
    for (let i = 0; i < 9; i++) {
      conversation.reconnect()
      conversation.greet()
    }
    expect(conversation.sender.failures).toBe(9)
    conversation.nowMs += 250_000
    conversation.tell({ kind: 'tick' })
    ack(conversation, [0])
    expect(conversation.sender.failures).toBe(9)
    conversation.nowMs += 50_000
    conversation.tell({ kind: 'tick' })
    expect(conversation.sender.failures).toBe(0)
  })
})
