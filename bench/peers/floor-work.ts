// The least that a stored batch can cost with this crypto and this store, as a process of its own: bare functions in one loop, over batches that
// are there already. No sockets, no queues, no second thread, no rules, no rollups, one index instead of three. Says over IPC the CPU time per batch,
// in microseconds, of each of its four steps. `node bench/peers/floor-work.ts FOR_MS`

import { createSecretKey } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { seal as sealAtRest } from '../../backend/store/sealing.ts'
import { nodeCrypto } from '../../gateway/node-crypto.ts'
import { checkBatch } from '../../shared/batch/decode.ts'
import { deriveKeys } from '../../shared/envelope/keys.ts'
import { seal, unseal } from '../../shared/envelope/seal.ts'
import { openMessage, TOKEN_BYTES } from '../../shared/session/messages.ts'
import { encodeAck } from '../../shared/session/messages-down.ts'
import { decodeBatchMessage, encodeBatchMessage } from '../../shared/session/messages-up.ts'
import { identityOf } from '../../test/support/scripted-dongle.ts'
import { householdBatches } from '../household-batches.ts'

/** What the steps of a batch came to. */
export interface FloorWork {
  unsealUs: number
  checkUs: number
  ackUs: number
  storeUs: number
}

const DONGLES = 200
const ROUNDS = 20
const SIZE = 60
/** In flight: an ack names as many. */
const ACKED_TOGETHER = 4
/** In a group of the loaded pipeline. */
const COMMITTED_TOGETHER = 400
const WARM_PASSES = 3
const token = new Uint8Array(TOKEN_BYTES)
const iv = new Uint8Array(16)

const fleet = Array.from({ length: DONGLES }, (_, number) => {
  const { dongleId, deviceKey, epoch } = identityOf(number)
  return { dongleId, keys: deriveKeys(nodeCrypto, deviceKey, epoch), atRest: createSecretKey(Buffer.alloc(32, number)) }
})
type Sender = (typeof fleet)[0]

const batches = householdBatches(7, ROUNDS * SIZE, SIZE)
const arrived = batches.flatMap(({ batch, bytes }, round) =>
  fleet.map((sender): [Sender, Uint8Array] => {
    const id = { boot: batch.boot, firstSeq: batch.firstSeq, span: SIZE }
    const plain = encodeBatchMessage(token, round + 1, id, bytes).plain
    return [sender, seal(nodeCrypto, sender.keys, sender.dongleId, 'up', iv, plain)]
  }),
)

function unsealed(): Uint8Array[] {
  return arrived.map(([{ dongleId, keys }, envelope]) => {
    const plain = unseal(nodeCrypto, keys, dongleId, 'up', envelope)
    const message = plain.ok ? openMessage(plain.value) : undefined
    const batch = message && decodeBatchMessage(message.body)
    if (batch === undefined) throw new Error('what was sealed here opens here')
    return batch.bytes
  })
}

function checked(opened: Uint8Array[]): void {
  for (const bytes of opened) if (!checkBatch(bytes).ok) throw new Error('what was encoded here is a batch')
}

function acknowledged(): void {
  for (let at = 0; at < arrived.length; at += ACKED_TOGETHER) {
    const final = Array.from({ length: ACKED_TOGETHER }, (_, i) => ({ boot: 1, firstSeq: i * SIZE, span: SIZE }))
    const [{ dongleId, keys }] = arrived[at] as [Sender, Uint8Array]
    seal(nodeCrypto, keys, dongleId, 'down', iv, encodeAck(token, { final, refused: [] }))
  }
}

function openTable(folder: string): (opened: Uint8Array[], pass: number) => void {
  const db = new DatabaseSync(join(folder, 'floor.sqlite'))
  db.exec(`PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE batch (no INTEGER PRIMARY KEY, dongleNo INTEGER NOT NULL, boot INTEGER NOT NULL, firstSeq INTEGER NOT NULL,
      sealed BLOB NOT NULL) STRICT;
    CREATE UNIQUE INDEX batchOnce ON batch (dongleNo, boot, firstSeq)`)
  const insert = db.prepare('INSERT INTO batch (dongleNo, boot, firstSeq, sealed) VALUES (?, ?, ?, ?)')
  return (opened, pass) => {
    for (let from = 0; from < opened.length; from += COMMITTED_TOGETHER) {
      db.exec('BEGIN IMMEDIATE')
      for (let at = from; at < Math.min(opened.length, from + COMMITTED_TOGETHER); at++) {
        const [sender] = arrived[at] as [Sender, Uint8Array]
        const [dongleNo, firstSeq] = [at % DONGLES, Math.floor(at / DONGLES) * SIZE]
        const sealed = sealAtRest(sender.atRest, opened[at] as Uint8Array, `batch|${dongleNo}|${pass}|${firstSeq}`)
        insert.run(dongleNo, pass, firstSeq, sealed)
      }
      db.exec('COMMIT')
    }
  }
}

/** CPU time of this process, its collector's threads and its share of the system in it, that `work` takes. */
function costUs<T>(work: () => T): [us: number, result: T] {
  const before = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(before)
  return [user + system, result]
}

function measure(forMs: number): FloorWork {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-floor-'))
  const store = openTable(folder)
  const sums = { unsealUs: 0, checkUs: 0, ackUs: 0, storeUs: 0 }
  let untilMs = Number.POSITIVE_INFINITY
  let counted = 0
  for (let pass = 1; performance.now() < untilMs; pass++) {
    const [unsealUs, opened] = costUs(unsealed)
    const [checkUs] = costUs(() => checked(opened))
    const [ackUs] = costUs(acknowledged)
    const [storeUs] = costUs(() => store(opened, pass))
    if (pass === WARM_PASSES) untilMs = performance.now() + forMs
    if (pass <= WARM_PASSES) continue
    counted += arrived.length
    sums.unsealUs += unsealUs
    sums.checkUs += checkUs
    sums.ackUs += ackUs
    sums.storeUs += storeUs
  }
  rmSync(folder, { recursive: true })
  const each = (us: number): number => us / counted
  const { unsealUs, checkUs, ackUs, storeUs } = sums
  return { unsealUs: each(unsealUs), checkUs: each(checkUs), ackUs: each(ackUs), storeUs: each(storeUs) }
}

process.on('disconnect', () => process.exit(0))
process.send?.(measure(Number(process.argv[2])))
