// `nrt flash` against a simulated board: the chip ends up as planned and its program boots; wherever the cable is pulled, the reason
// has a code, and the same command again finishes the dongle (tried after every fourth cut; NRT_CUTS=all: after each).

import { createHash, scryptSync } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openFlashChip } from '../../../firmware/host/flash.ts'
import { openStorage } from '../../../firmware/host/storage.ts'
import { engineSettings } from '../../../installer/flash/engine-settings.ts'
import { type Made, makeDongle } from '../../../installer/flash/make-dongle.ts'
import { identityIn } from '../../../installer/flash/plan.ts'
import { regionsOf } from '../../../installer/flash/regions.ts'
import { Trouble } from '../../../installer/flash/trouble.ts'
import { EXIT_CODES, TROUBLES } from '../../../installer/flash/trouble-codes.ts'
import { writeLabel } from '../../../installer/label/write.ts'
import { DICTIONARIES } from '../../../installer/text/say.ts'
import { isDongleId } from '../../../shared/kernel/ids.ts'
import { CLAIM_SCRYPT } from '../../../shared/schema/registration.ts'
import { openTestBackend, type TestBackend } from '../../support/backend.ts'
import { type BoardOptions, openBoard } from '../../support/esp32/board.ts'
import { type BenchFiles, benchFiles, ENGINE_BYTES, recipeFor, recordedShow } from '../../support/flash-bench.ts'
import { readLabel } from '../../support/read-label.ts'

let backend: TestBackend
let files: BenchFiles
const access = { url: '', key: '' }
beforeAll(async () => {
  files = await benchFiles()
  backend = await openTestBackend()
  access.url = await backend.listen()
  access.key = (await backend.backend.openInstaller('bench')).accessKey
})
afterAll(async () => {
  await backend.stop()
  files.remove()
})

/** A silent chip is given up in a fraction of the time. */
const HURRIED = { patience: 0.05 }

let boards = 0
const OTHER_DATA = new Uint8Array(0x400000).map((_, i) => (i * 7) & 0xff)

/** A board whose chip is full of other data, unless told otherwise. */
function aBoard(options: Partial<BoardOptions> & { isBlank?: boolean } = {}) {
  const flashPath = files.path(`chip-${boards++}.flash`)
  if (options.isBlank !== true) writeFileSync(flashPath, OTHER_DATA)
  return { flashPath, board: openBoard({ ...options, flashPath }) }
}

async function attempt(board: ReturnType<typeof openBoard>, change: Partial<ReturnType<typeof recipeFor>> = {}) {
  const recorded = recordedShow()
  const milestones = { met: () => false, reached: () => {} }
  const recipe = { ...recipeFor(files, board, access), ...change }
  try {
    const made = (await makeDongle(recipe, 'simulated', recorded.show, milestones)) as Made
    return { ...recorded, made, trouble: undefined }
  } catch (thrown) {
    if (!(thrown instanceof Trouble)) throw thrown
    return { ...recorded, made: undefined, trouble: thrown }
  }
}

function identityOn(flashPath: string) {
  const system = files.config.flash.regions.system
  return identityIn(readFileSync(flashPath).subarray(Number(system.at), Number(system.at) + system.kB * 1024))
}

function claimRow(dongleId: string) {
  const db = new DatabaseSync(join(backend.dir, 'nrt.sqlite'), { readOnly: true })
  const row = db
    .prepare('SELECT salt, hash, state FROM dongle LEFT JOIN claimCode ON dongleNo = dongle.no WHERE dongle.id = ?')
    .get(dongleId) as { salt: Uint8Array; hash: Uint8Array; state: string } | undefined
  db.close()
  return row
}

/** Everything of a finished chip but what it writes itself once it runs. */
function expectFinished(flashPath: string) {
  const flash = readFileSync(flashPath)
  for (const image of files.config.engine.images) {
    const file = readFileSync(files.path(image.path))
    expect(flash.subarray(Number(image.at), Number(image.at) + file.length).equals(file)).toBe(true)
  }
  expect(flash.subarray(0x9000, 0xa000).equals(engineSettings())).toBe(true)
  const chip = openFlashChip({ image: flash })
  const program = readFileSync(files.bundlePath)
  for (const at of files.config.flash.slots.map(Number)) {
    expect(flash.subarray(at + 4096, at + 4096 + program.length).equals(program)).toBe(true)
  }
  expect(openStorage(chip).list()).toEqual(['.bootcde', 'update', 'rescue', 'setup1', 'setup1.page', 'gap', 'slots'])
  const ours = regionsOf(files.config)
  const engineEnd = 0x10000 + Math.ceil(ENGINE_BYTES / 4096) * 4096
  const firstOfOurs = ours[0]!.at
  expect(flash.subarray(engineEnd, firstOfOurs).every(byte => byte === 0xff)).toBe(true)
  const ring = ours.find(region => region.name === 'readings')!
  expect(flash.subarray(ring.at, ring.at + ring.bytes).every(byte => byte === 0xff)).toBe(true)
}

describe('a dongle is made', () => {
  test('from a chip full of other data: flash as planned, program started, registered, labelled', async () => {
    const { flashPath, board } = aBoard()
    const { made, steps, trouble } = await attempt(board)
    expect(trouble).toBeUndefined()
    const done = steps().filter(step => step.state === 'done')
    expect(done.map(step => step.step)).toEqual(['connect', 'identity', 'write', 'selftest', 'register', 'label'])
    expect(done.find(step => step.step === 'selftest')).toMatchObject({ program: 'good', flash: 'good' })
    expect(board.printed.slice(0, 2).join()).toMatch(/^loader: slot 0, reset 1,nrt /)
    expectFinished(flashPath)
    const { dongleId } = made as Made
    expect(isDongleId(dongleId)).toBe(true)
    expect(identityOn(flashPath)?.dongleId).toBe(dongleId)
    expect(claimRow(dongleId)?.state).toBe('registered')
    await board.stop()
  })

  test('and the same command again keeps the identity, counts on, and makes the old label void', async () => {
    const { flashPath, board } = aBoard()
    const first = await attempt(board)
    const { dongleId, labelPaths } = first.made as Made
    const png = labelPaths.find(path => path.endsWith('.png')) as string
    const before = { label: readLabel(png), identity: identityOn(flashPath) }
    const firstBoot = board.printed.find(line => line.startsWith('boot '))
    const second = await attempt(board)
    expect(second.steps()).toContainEqual(expect.objectContaining({ step: 'register', outcome: 'known' }))
    expect(identityOn(flashPath)).toEqual(before.identity)
    expect(board.printed.filter(line => line.startsWith('boot ')).map(line => line.split(',')[0])).toEqual([
      firstBoot?.split(',')[0],
      'boot 2',
    ])
    const after = readLabel(png)
    expect(after.claim.dongleId).toBe(dongleId)
    expect(after.setup).toBe(before.label.setup)
    expect(after.claim.code).not.toBe(before.label.claim.code)
    const { hashBytes, N, r, p } = CLAIM_SCRYPT
    const row = claimRow(dongleId)!
    const fits = (code: string) => scryptSync(code, row.salt, hashBytes, { N, r, p }).equals(row.hash)
    expect([fits(before.label.claim.code), fits(after.claim.code)]).toEqual([false, true])
    await board.stop()
  })

  test('on a fresh chip nothing is erased that is empty already', async () => {
    const { board } = aBoard({ isBlank: true })
    const { steps } = await attempt(board)
    const write = steps().find(step => step.step === 'write' && step.state === 'done')
    // the program twice, and the rescue program
    expect(write.changedBytes).toBeLessThan(280 * 1024)
    expect(write.bytes).toBe(0x400000)
    await board.stop()
  })

  test('with another identity where that is asked for', async () => {
    const { board } = aBoard()
    const first = await attempt(board)
    const second = await attempt(board, { isNewIdentityForced: true })
    expect(second.made?.dongleId).not.toBe(first.made?.dongleId)
    expect(board.printed.findLast(line => line.startsWith('boot '))).toBe('boot 1, after: nothing')
    await board.stop()
  })

  test('a dongle that has an owner is repaired and keeps its label', async () => {
    const { board } = aBoard()
    const first = await attempt(board)
    const { dongleId } = first.made as Made
    const ean = '999999990000000036'
    await backend.backend.addMeteringPoint({ ean, accountId: backend.accountId, sinceS: 0 })
    await backend.backend.bindDongle(dongleId, ean)
    const row = claimRow(dongleId)
    const second = await attempt(board)
    expect(second.made).toEqual({ dongleId, labelPaths: [] })
    expect(second.steps()).toContainEqual(expect.objectContaining({ step: 'register', outcome: 'owned' }))
    expect(claimRow(dongleId)).toEqual(row)
    await board.stop()
  })

  test('where the port has no control lines, a person is asked to press the buttons', async () => {
    const { board } = aBoard({ hasNoControlLines: true })
    board.holdBoot()
    const { lineTo } = await import('../../support/esp32/board-line.ts')
    const { made, steps, trouble } = await attempt(board, { openLine: async () => lineTo(board, false) })
    expect(trouble).toBeUndefined()
    expect(made).toBeDefined()
    const asked = steps().filter(step => step.step === 'ask')
    expect(asked[0]?.ask).toContain('hold BOOT')
    // and to press EN, unless the dongle has said all already when that would be asked
    for (const { ask } of asked.slice(1)) expect(ask).toContain('press EN')
    await board.stop()
  })
})

describe('what is wrong is said before anything is written', () => {
  const untouched = createHash('sha256')
    .update(new Uint8Array(0x400000).map((_, i) => (i * 7) & 0xff))
    .digest('hex')
  const hashOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')

  test.each([
    ['another chip', { kind: { magic: 0x000007c6 } }, {}, 'chip.wrong'],
    ['a chip nobody knows', { kind: { magic: 0x12345678 } }, {}, 'chip.wrong'],
    ['too little flash', { kind: { flashSizeCode: 21 } }, {}, 'chip.small'],
    ['a speed the cable does not bear', { baudMax: 230_400 }, {}, 'chip.garbled'],
    ['nobody there', { fault: () => 'silence' as const }, HURRIED, 'chip.silent'],
  ])('%s', async (_name, options, change, code) => {
    const { flashPath, board } = aBoard(options)
    const { trouble } = await attempt(board, change)
    expect(trouble?.code).toBe(code)
    expect(hashOf(flashPath)).toBe(untouched)
    await board.stop()
  })

  test('and the speed of the first words works where a higher one does not', async () => {
    const { board } = aBoard({ baudMax: 230_400 })
    expect((await attempt(board, { baud: 115_200 })).made).toBeDefined()
    await board.stop()
  })

  test('an identity from a later version is not written over unasked', async () => {
    const { flashPath, board } = aBoard()
    await attempt(board)
    await board.stop()
    const flash = readFileSync(flashPath)
    const at = Number(files.config.flash.regions.system.at)
    for (const copy of [at, at + 4096]) corruptInside(flash.subarray(copy, copy + 4096))
    writeFileSync(flashPath, flash)
    const again = openBoard({ flashPath })
    expect((await attempt(again)).trouble?.code).toBe('chip.foreign-identity')
    expect((await attempt(again, { isNewIdentityForced: true })).made).toBeDefined()
    await again.stop()
  })
})

/** Another id, the check sum right: whole, but not what this version reads. */
function corruptInside(page: Buffer): void {
  const length = page.readUInt32BE(8)
  page[16 + 4] = page[16 + 4]! ^ 1
  const crc = crc32(Buffer.concat([page.subarray(0, 12), page.subarray(16, 16 + length)]))
  page.writeUInt32BE(crc, 12)
}

describe('wherever it is cut short', () => {
  let packets = 0
  beforeAll(async () => {
    const { board } = aBoard()
    await attempt(board)
    packets = board.packets
    await board.stop()
  })

  const AT_ONCE = 3
  // every packet, and healing every time, with NRT_CUTS=all
  const isAll = process.env.NRT_CUTS === 'all'
  const HEAL_EVERY = isAll ? 1 : 4

  /** One cut, then the same command again on the same chip. */
  async function cut(at: number, fault: 'lose' | 'silence' | 'garble', isHealed: boolean) {
    const broken = aBoard({ fault: packet => (packet === at ? fault : 'none') })
    const first = await attempt(broken.board, fault === 'lose' ? {} : HURRIED)
    await broken.board.stop()
    // how often a tool knocks before the chip answers depends on the machine
    const code = broken.board.packets < at && first.made ? 'not reached' : first.trouble?.code
    if (!isHealed) return { at, code, healed: 'not tried' }
    const board = openBoard({ flashPath: broken.flashPath })
    const second = await attempt(board, { attempts: 5 })
    await board.stop()
    if (second.made) expectFinished(broken.flashPath)
    return { at, code, healed: second.trouble?.code ?? 'yes' }
  }

  test.each([
    ['the cable comes off at any packet', 'lose' as const, 6, ['port.lost']],
    ['the chip falls silent', 'silence' as const, 25, ['chip.silent', 'chip.stopped', 'chip.garbled']],
    ['the line gets noisy', 'garble' as const, 25, ['chip.silent', 'chip.stopped', 'chip.garbled']],
  ])(
    '%s: a coded reason, and the same command again finishes the dongle',
    async (_name, fault, step, codes) => {
      expect(packets).toBeGreaterThan(90)
      const apart = isAll ? 1 : step
      const places = Array.from({ length: Math.floor(packets / apart) }, (_, i) => (i + 1) * apart)
      for (let done = 0; done < places.length; done += AT_ONCE) {
        const some = places.slice(done, done + AT_ONCE)
        const outcomes = await Promise.all(some.map((at, i) => cut(at, fault, (done + i) % HEAL_EVERY === 0)))
        for (const { at, code, healed } of outcomes) {
          expect({ at, code, healed }).toEqual({
            at,
            code: expect.toBeOneOf([...codes, 'not reached']),
            healed: expect.toBeOneOf(['yes', 'not tried']),
          })
        }
      }
    },
    400_000,
  )
})

describe('after the writing', () => {
  test('a dongle that stays silent is not registered', async () => {
    const { flashPath, board } = aBoard({ isDead: true })
    const { trouble } = await attempt(board, { selfTestMs: 300 })
    expect(trouble?.code).toBe('selftest.silent')
    expect(claimRow(identityOn(flashPath)!.dongleId)).toBeUndefined()
    await board.stop()
  })

  test('a part that is asked for and stays untold fails with its name', async () => {
    const { board } = aBoard()
    const { trouble } = await attempt(board, { needed: ['wifi'], selfTestMs: 2_000, beside: [] })
    expect(trouble).toMatchObject({ code: 'selftest.failed', message: 'The self-test says: wifi: not told' })
    await board.stop()
  })

  test('without a network to join, the radio is good when the dongle opens its own', async () => {
    const { board } = aBoard()
    const { made, steps } = await attempt(board, { needed: ['wifi'] })
    expect(made).toBeDefined()
    expect(steps().find(one => one.step === 'selftest' && one.state === 'done')).toMatchObject({ wifi: 'good' })
    await board.stop()
  })

  test('a backend that does not answer, or refuses, leaves a dongle that only needs the command again', async () => {
    const { flashPath, board } = aBoard()
    const closed = await attempt(board, { access: { url: 'http://127.0.0.1:9', key: access.key } })
    expect(closed.trouble?.code).toBe('backend.unreachable')
    const dongleId = identityOn(flashPath)?.dongleId
    const wrongKey = await attempt(board, { access: { url: access.url, key: backend.accessKey } })
    expect(wrongKey.trouble).toMatchObject({ code: 'backend.refused', facts: { problem: 'role.missing' } })
    expect((await attempt(board)).made?.dongleId).toBe(dongleId)
    await board.stop()
  })

  test('a label that cannot be written is said, and no half label is left behind', async () => {
    const { board } = aBoard()
    writeFileSync(files.path('not-a-folder'), '')
    const { trouble } = await attempt(board, {
      writeLabel: facts => writeLabel(facts, { folder: files.path('not-a-folder/labels') }),
    })
    expect(trouble?.code).toBe('label.unwritten')
    await board.stop()
  })
})

test('nothing secret is in what is shown, logged or stored, except on the label', async () => {
  const { flashPath, board } = aBoard()
  const networks = [{ ssid: 'canary-network', password: 'canary-password-7731' }]
  const { made, text } = await attempt(board, { networks })
  const identity = identityOn(flashPath)!
  const label = readLabel((made as Made).labelPaths.find(path => path.endsWith('.png')) as string)
  const forms = (bytes: Uint8Array) =>
    ['hex', 'base64', 'base64url', 'latin1'].map(as => Buffer.from(bytes).toString(as as 'hex'))
  const secrets = [
    ...forms(identity.deviceKey),
    ...forms(identity.seedPool),
    identity.setupPassword as string,
    label.claim.code,
    label.claim.grouped,
    'canary-password-7731',
    access.key,
  ]
  const places = {
    shown: text(),
    printed: board.printed.join('\n'),
    logged: JSON.stringify(backend.logged),
    stored: readdirSync(backend.dir)
      .map(name => readFileSync(join(backend.dir, name), 'latin1'))
      .join(''),
  }
  for (const [place, content] of Object.entries(places)) {
    expect(content.length, place).toBeGreaterThan(50)
    for (const [i, secret] of secrets.entries()) expect(content.includes(secret), `secret ${i} in ${place}`).toBe(false)
  }
  expect(label.setup).toContain(identity.setupPassword)
  await board.stop()
})

test('docs/installing.md says of every trouble what the command says in English', () => {
  const doc = readFileSync(new URL('../../../docs/installing.md', import.meta.url), 'utf8')
  const open = (text: string): string => text.replaceAll(/\{\w+\}/g, '…')
  for (const [code, kind] of Object.entries(TROUBLES)) {
    const { what, next } = DICTIONARIES.en.troubles[code as keyof typeof TROUBLES]
    expect(doc).toContain(`| \`${code}\` | ${EXIT_CODES[kind]} | ${open(what)} | ${open(next)} |`)
  }
})
