// `npm run race -- --rounds N [--seed X] [--sockets M] [--broken VARIANT] [--json]`: revocations against deliveries, played N times and on real sockets M times.
// Exits 0 only if no delivery started after an end had committed, and the last byte came within a second of 99 of 100 revocations.

import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { BROKEN_RACES, type BrokenRace, runRaces } from './simulated.ts'
import { raceOnSockets } from './sockets.ts'

const LAST_BYTE_P99_MAX_MS = 1000

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1000000' },
    seed: { type: 'string' },
    sockets: { type: 'string', default: '0' },
    broken: { type: 'string' },
    json: { type: 'boolean' },
  },
})
const seed = values.seed === undefined ? randomBytes(4).readUInt32BE() : Number(values.seed)
const [rounds, sockets] = [Number(values.rounds), Number(values.sockets)]
const isKnown = values.broken === undefined || (BROKEN_RACES as readonly string[]).includes(values.broken)
if (![seed, rounds, sockets].every(Number.isInteger) || rounds < 0 || sockets < 0 || !isKnown) {
  console.error(`race: --rounds, --sockets and --seed take whole numbers, --broken one of ${BROKEN_RACES.join(', ')}`)
  process.exit(2)
}

const startedMs = performance.now()
const simulated = runRaces(seed, rounds, values.broken as BrokenRace)
const simulatedS = Number(((performance.now() - startedMs) / 1000).toFixed(1))
const onSockets = sockets === 0 ? undefined : await raceOnSockets(sockets)
if (values.json)
  console.log(JSON.stringify({ simulated: { ...simulated, seconds: simulatedS }, sockets: onSockets ?? null }))
else {
  const { started, held, afterCommit, failedEnds } = simulated
  console.log(
    `SEED=0x${seed.toString(16)}: ${rounds} races played in ${simulatedS} s: ${started} deliveries started, ${held} held back, ${failedEnds} ends failed, ` +
      `${afterCommit} started after a commit`,
  )
  if (onSockets !== undefined) {
    const { p50, p99, most } = onSockets.lastByteMs
    console.log(
      `${onSockets.rounds} races on sockets: ${onSockets.readings} deliveries came, ${onSockets.afterCommit} started after a commit; ` +
        `revocation to last byte p50 ${p50} ms, p99 ${p99} ms, at most ${most} ms`,
    )
  }
}
const isGood =
  simulated.afterCommit === 0 &&
  (onSockets === undefined || (onSockets.afterCommit === 0 && onSockets.lastByteMs.p99 <= LAST_BYTE_P99_MAX_MS))
process.exit(isGood ? 0 : 1)
