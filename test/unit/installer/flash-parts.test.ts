// The parts of `nrt flash` that need no board: what is refused before it starts, the plan, the journal, the verdict of a console.

import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SLOTS_AT } from '../../../firmware/config.ts'
import { openFlashChip } from '../../../firmware/host/flash.ts'
import { openStorage } from '../../../firmware/host/storage.ts'
import { backendAccess } from '../../../installer/flash/access.ts'
import { readBeside, readBoot, readEngine, readFlashConfig, readNetworks } from '../../../installer/flash/config.ts'
import { newIdentity } from '../../../installer/flash/identity.ts'
import { openJournal } from '../../../installer/flash/journal.ts'
import { planFlash } from '../../../installer/flash/plan.ts'
import { regionsOf } from '../../../installer/flash/regions.ts'
import { newSelfTest, outcomeOf } from '../../../installer/flash/self-test.ts'
import { checkLabels } from '../../../installer/label/write.ts'
import { programImage } from '../../../shared/update/program-image.ts'
import { readHead } from '../../../shared/update/slots.ts'
import { type BenchFiles, benchFiles } from '../../support/flash-bench.ts'
import fc from '../../support/given-cases.ts'
import { nrt } from '../../support/nrt-command.ts'

let files: BenchFiles
beforeAll(async () => {
  files = await benchFiles()
})
afterAll(() => files.remove())

const codeOf = (work: () => unknown): string => {
  try {
    work()
    return 'fine'
  } catch (thrown) {
    return (thrown as { code: string }).code
  }
}

describe('what is refused before a port is opened', () => {
  // biome-ignore lint/suspicious/noExplicitAny: the file is made wrong on purpose
  function changed(change: (config: any) => void): string {
    const config = JSON.parse(readFileSync(files.configPath, 'utf8'))
    change(config)
    const path = files.path('changed.json')
    writeFileSync(path, JSON.stringify(config))
    return path
  }
  const engineOf = (path: string) => readEngine(readFlashConfig(path), path)

  test.each([
    ['no file', () => files.path('absent.json'), 'config.unreadable'],
    ['a region without a size', () => changed(c => delete c.flash.regions.system.kB), 'config.unreadable'],
    ['no storage region', () => changed(c => delete c.flash.regions.storage), 'config.unreadable'],
    ['an address off the sectors', () => changed(c => (c.flash.regions.system.at = '0x310010')), 'config.unreadable'],
    ['regions over each other', () => changed(c => (c.flash.regions.system.at = '0x31f000')), 'regions.overlap'],
    ['an engine into our regions', () => changed(c => (c.engine.images[2].at = '0x18f000')), 'regions.overlap'],
    ['an engine file that is missing', () => changed(c => (c.engine.images[1].path = 'engine/none')), 'engine.missing'],
    ['an engine nobody vouched for', () => changed(c => (c.engine.images[0].sha256 = null)), 'engine.unpinned'],
    ['one engine file twice', () => changed(c => (c.engine.images[0].what = 'engine')), 'config.unreadable'],
    ['another engine', () => changed(c => (c.engine.images[0].sha256 = '0'.repeat(64))), 'engine.hash'],
  ])('%s', (_name, path, code) => {
    expect(codeOf(() => engineOf(path()))).toBe(code)
  })

  test('networks that are none, without a word of what the file says', () => {
    for (const text of ['', '{}', '[1]', '[{"ssid":"a"}]', '[{"ssid":"","password":"secret-7731"}]', 'secret-7731']) {
      writeFileSync(files.path('networks.json'), text)
      try {
        readNetworks(files.path('networks.json'))
        expect.unreachable()
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'networks.unreadable' })
        expect(String(thrown)).not.toContain('secret-7731')
      }
    }
    writeFileSync(files.path('networks.json'), '[{"ssid":"café","password":"password"}]')
    expect(readNetworks(files.path('networks.json'))).toEqual([{ ssid: 'caf\xc3\xa9', password: 'password' }])
  })

  test('a network named on the command line gets its password from the keyboard; a wrong one is never said', async () => {
    const paths = ['--config', files.configPath, '--bundle', files.bundlePath, '--port', '/dev/none']
    const flash = async (input: string, ...names: string[]) => {
      const named = names.flatMap(name => ['--wifi-network', name])
      const run = await nrt(['flash', '--json', ...paths, ...named], { input, env: { NRT_INSTALLER_KEY: 'k' } })
      const code = JSON.parse(run.out.trim().split('\n').at(-1) as string).code
      return { code, said: run.out + run.err }
    }
    const good = await flash('secret-7731\nsecret-7732\n', 'Thuis', 'Schuur')
    expect(good.code).toBe('port.unknown')
    expect(good.said).toContain('password of the network Schuur')
    expect((await flash('sec7731\n', 'Thuis')).code).toBe('networks.unreadable')
    expect((await flash('\n', 'x'.repeat(33))).code).toBe('networks.unreadable')
    expect((await flash('\n\n\n\n\n', 'a', 'b', 'c', 'd', 'e')).code).toBe('networks.unreadable')
    expect(good.said + (await flash('sec7731\n', 'Thuis')).said).not.toMatch(/secret-773|sec7731/)
  })

  test('a run without the installer’s key', () => {
    expect(codeOf(() => backendAccess('https://x', undefined, {}))).toBe('key.missing')
    expect(codeOf(() => backendAccess('https://x', files.path('no.key'), {}))).toBe('key.missing')
    expect(backendAccess('https://x/', undefined, { NRT_INSTALLER_KEY: 'k' })).toEqual({ url: 'https://x', key: 'k' })
  })

  test('an address to which the key would travel in the open, or that is none', () => {
    const to = (url: string) => backendAccess(url, undefined, { NRT_INSTALLER_KEY: 'k' }).url
    for (const url of ['http://x', 'http://127.0.0.1.evil.example', 'x', 'ftp://x', '']) {
      expect(
        codeOf(() => to(url)),
        url,
      ).toBe('backend.bad-address')
    }
    for (const url of ['http://127.0.0.1:8080', 'http://localhost:8080', 'http://[::1]:8080', 'https://x/nrt']) {
      expect(to(url)).toBe(url)
    }
  })

  test('a place that takes no labels', () => {
    writeFileSync(files.path('file'), '')
    for (const name of ['file', 'file/labels']) {
      expect(codeOf(() => checkLabels(files.path(name)))).toBe('label.no-place')
    }
    checkLabels(files.path('not/there/yet'))
    expect(existsSync(files.path('not'))).toBe(false)
  })
})

describe('the plan', () => {
  const planned = (isIdentityKept: boolean) =>
    planFlash({
      regions: regionsOf(files.config),
      engine: readEngine(files.config, files.configPath),
      bundle: readFileSync(files.bundlePath),
      beside: readBeside(files.bundlePath),
      version: 1,
      boot: readBoot(files.bundlePath),
      slotsAt: files.config.flash.slots.map(Number),
      identity: newIdentity(),
      isIdentityKept,
      config: { host: 'h', port: 1, isTls: false, networks: [], intervalS: 10 },
      chipBytes: 0x400000,
    })

  test('covers every byte of the chip once, in order, on whole sectors', () => {
    let at = 0
    for (const stretch of planned(false)) {
      expect(stretch.at).toBe(at)
      expect(stretch.bytes % 4096).toBe(0)
      expect(stretch.data?.length ?? stretch.bytes).toBe(stretch.bytes)
      at += stretch.bytes
    }
    expect(at).toBe(0x400000)
  })

  test('leaves identity and boot counter alone where they are kept, and nothing else', () => {
    const { at } = regionsOf(files.config).find(region => region.name === 'system')!
    const covered = new Uint8Array(0x400000 / 4096)
    for (const stretch of planned(true)) covered.fill(1, stretch.at / 4096, (stretch.at + stretch.bytes) / 4096)
    const left = [...covered.entries()].filter(([, isCovered]) => isCovered === 0).map(([sector]) => sector - at / 4096)
    expect(left).toEqual([0, 1, 4, 5])
  })

  test('the Storage image is what the engine finds its files in, and the slots lie where the loader looks', () => {
    const text = fc.uint8Array({ minLength: 1, maxLength: 9000 })
    fc.assert(
      fc.property(text, text, text, text, text, text, (loader, updater, rescue, program, setup, page) => {
        const beside = [
          { name: 'setup1', data: setup },
          { name: 'setup1.page', data: page },
        ]
        const chip = openFlashChip({})
        const programs = { loader, updater, rescue, program, beside, version: 7, sha256: new Uint8Array(32).fill(5) }
        const parts = programImage(programs, 0x320000, SLOTS_AT, bytes => crc32(bytes))!
        for (const { at, data } of parts) chip.write(at, data)
        const storage = openStorage(chip)
        expect(storage.isValid()).toBe(true)
        expect(storage.list()).toEqual(['.bootcde', 'update', 'rescue', 'setup1', 'setup1.page', 'gap', 'slots'])
        const isFile = (name: string, content: Uint8Array): void =>
          expect(Buffer.from(storage.read(name)!).subarray(0, content.length).equals(content)).toBe(true)
        isFile('.bootcde', loader)
        isFile('update', updater)
        isFile('rescue', rescue)
        for (const { name, data } of beside) expect(Buffer.from(storage.read(name)!).equals(data)).toBe(true)
        expect(storage.read('slots')!.length).toBe(SLOTS_AT[1]! - SLOTS_AT[0]! + 25 * 4096)
        for (const at of SLOTS_AT) {
          const slot = { read: (from: number, length: number) => chip.read(at + from, length), crc32 } as never
          expect(readHead(slot)).toMatchObject({
            version: 7,
            bytes: program.length,
            isWhole: true,
            isGood: true,
            bad: 0,
          })
          expect(Buffer.from(chip.read(at + 4096, program.length)).equals(program)).toBe(true)
        }
      }),
      { numRuns: 20 },
    )
    const one = new Uint8Array(1)
    const long = {
      version: 1,
      sha256: new Uint8Array(32),
      loader: one,
      updater: one,
      rescue: one,
      beside: [],
      program: new Uint8Array(98305),
    }
    expect(programImage(long, 0x320000, SLOTS_AT, bytes => crc32(bytes))).toBeUndefined()
    expect(
      programImage({ ...long, program: one, rescue: new Uint8Array(200_000) }, 0x320000, SLOTS_AT, bytes =>
        crc32(bytes),
      ),
    ).toBeUndefined()
  })
})

describe('the journal', () => {
  let count = 0
  const line = { mac: 'm1', port: '/dev/a,"b"', dongleId: 'ID', outcome: 'started' as const, code: '' }

  test('is read again after a crash in any byte of it', () => {
    const path = files.path('whole.csv')
    const whole = openJournal(path, 'tray', () => 'now')
    for (const mac of ['m1', 'm2']) {
      whole.note({ ...line, mac })
      whole.note({ ...line, mac, outcome: 'done' })
    }
    whole.close()
    const text = readFileSync(path, 'utf8')
    for (let cut = 0; cut <= text.length; cut++) {
      const torn = files.path(`torn-${count++}.csv`)
      writeFileSync(torn, text.slice(0, cut))
      const journal = openJournal(torn, 'tray', () => 'now')
      const isWritten = (mac: string) => text.slice(0, cut).includes(`${mac},"/dev/a,""b""",ID,done`)
      expect([journal.isDone('m1'), journal.isDone('m2')]).toEqual([isWritten('m1'), isWritten('m2')])
      journal.note({ ...line, mac: 'm3', outcome: 'done' })
      journal.close()
      const again = openJournal(torn, 'tray', () => 'now')
      expect(again.isDone('m3')).toBe(true)
      again.close()
    }
  })

  test('knows the boards of its own tray only', () => {
    const path = files.path('two-trays.csv')
    const first = openJournal(path, 'A', () => 'now')
    first.note({ ...line, outcome: 'done' })
    first.close()
    const second = openJournal(path, 'B', () => 'now')
    expect(second.isDone('m1')).toBe(false)
    second.close()
    appendFileSync(path, 'rubbish\n')
    expect(openJournal(path, 'A', () => 'now').isDone('m1')).toBe(true)
  })

  test('that cannot be written is said at once', () => {
    mkdirSync(files.path('folder.csv'))
    expect(codeOf(() => openJournal(files.path('folder.csv'), 'A', () => 'now'))).toBe('journal.unusable')
  })
})

describe('the self-test', () => {
  const said = (...lines: string[]) => {
    const test = newSelfTest()
    for (const one of lines) test.take(one)
    return test
  }

  test('is good when the program has started, counted its boot and the radio has said a word', () => {
    const started = said('ets Jun  8 2016 00:22:57', 'nrt 0.1.0', 'boot 1, after: nothing')
    expect(outcomeOf(started, ['program', 'flash'])).toBe('open')
    started.take('network: 1') // the radio looked, and the network is not here: a bench
    expect(outcomeOf(started, ['program', 'flash'])).toBe('good')
    expect(outcomeOf(started, ['program', 'flash', 'p1'])).toBe('open')
    expect(started.firmware).toBe('0.1.0')
  })

  test.each([
    ['identity: page.damaged', 'flash'],
    ['config: page.missing, readings are kept and not sent', 'flash'],
    ['p1: silence', 'p1'],
    ['p1: something new', 'p1'],
    ['network: 1', 'wifi'],
    ['Uncaught Error: x', 'program'],
    ['memory: none left', 'program'],
  ])('"%s" is bad for %s', (text, part) => {
    const test = said('nrt 0.1.0', 'boot 1, after: nothing', 'network: up', text)
    expect(outcomeOf(test, [part as 'p1'])).toBe('bad')
    expect(test.parts[part as 'p1'].advice).not.toBe('')
  })

  test('lets pass what other programs say, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        const test = said('nrt 0.1.0', 'boot 1', 'setup: open', `later: ${text}`)
        expect(outcomeOf(test, ['program', 'flash'])).toBe('good')
      }),
    )
  })
})
