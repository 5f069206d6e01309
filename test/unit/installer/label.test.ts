// A label in its three forms, seen by a reader that does not know how they were made.

import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { newClaimCode, newIdentity } from '../../../installer/flash/identity.ts'
import { toDots, toSvg, toZpl } from '../../../installer/label/draw.ts'
import { HEIGHT_DOTS, layOut, WIDTH_DOTS } from '../../../installer/label/layout.ts'
import { writeLabel } from '../../../installer/label/write.ts'
import { grouped, setupNetworkName, setupSymbolText } from '../../../shared/kernel/claim-code.ts'
import fc from '../../support/given-cases.ts'
import { readLabel, seenIn } from '../../support/read-label.ts'

const folder = mkdtempSync(join(tmpdir(), 'nrt-label-'))
afterAll(() => rmSync(folder, { recursive: true }))

function someFacts() {
  const { dongleId, setupPassword } = newIdentity()
  return { dongleId, setupPassword, claimCode: newClaimCode() }
}

/** The graphic field of a ZPL label as a picture. */
function pictureOf(zpl: string) {
  const match = /\^GFA,(\d+),(\d+),(\d+),([0-9A-F]+)\^FS/.exec(zpl)!
  const bytes = Buffer.from(match[4]!, 'hex')
  expect([Number(match[1]), Number(match[2])]).toEqual([bytes.length, bytes.length])
  const width = Number(match[3]) * 8
  const data = new Uint8Array(bytes.length * 8 * 4).fill(255)
  for (let i = 0; i < bytes.length * 8; i++) {
    if ((bytes[i >> 3]! >> (7 - (i & 7))) & 1) data.fill(0, 4 * i, 4 * i + 3)
  }
  return { data, width, height: (bytes.length * 8) / width }
}

test('both symbols are read from the PNG and from what the printer gets', async () => {
  const facts = someFacts()
  const [svg, png, zpl] = await writeLabel(facts, { folder })
  const seen = readLabel(png as string)
  expect(seen.setup).toBe(setupSymbolText(facts.dongleId, facts.setupPassword as string))
  expect(seen.claim).toMatchObject({ dongleId: facts.dongleId, code: facts.claimCode })
  expect(seenIn(pictureOf(readFileSync(zpl as string, 'latin1')))).toEqual(seen)
  for (const path of [svg, png, zpl]) expect(statSync(path as string).mode & 0o077).toBe(0)
})

test('what the symbols hold stands under them in letters', () => {
  const facts = someFacts()
  const svg = toSvg(layOut(facts))
  for (const text of [
    grouped(facts.dongleId),
    grouped(facts.claimCode),
    facts.setupPassword,
    setupNetworkName(facts.dongleId),
  ]) {
    expect(svg).toContain(`>${text}</text>`)
  }
})

test('without the setup password there is one symbol, in the middle', async () => {
  const { dongleId, claimCode } = someFacts()
  const [, png] = await writeLabel({ dongleId, claimCode }, { folder: join(folder, 'again') })
  expect(readLabel(png as string)).toMatchObject({ setup: undefined, claim: { dongleId, code: claimCode } })
})

test('every label fits on its paper, with the quiet zone that readers need', () => {
  fc.assert(
    fc.property(fc.constant(0).map(someFacts), facts => {
      const label = layOut(facts)
      const dots = toDots(label)
      expect(dots.length).toBe(WIDTH_DOTS * HEIGHT_DOTS)
      for (const { x, side, moduleDots } of label.symbols) {
        expect(x).toBeGreaterThanOrEqual(4 * moduleDots)
        expect(x + (side + 4) * moduleDots).toBeLessThanOrEqual(WIDTH_DOTS)
      }
      const lastRow = dots.subarray(-4 * WIDTH_DOTS)
      expect(lastRow.some(dot => dot === 1)).toBe(false)
      for (const line of label.lines) expect(line.text.length * 6 * line.scale).toBeLessThanOrEqual(WIDTH_DOTS / 2)
    }),
    { numRuns: 30 },
  )
})

test('a printer on the network gets the label whole; one that is not there is said', async () => {
  const facts = someFacts()
  const got = new Promise<string>(resolve => {
    const server = createServer((socket: Socket) => {
      let text = ''
      socket.setEncoding('latin1').on('data', part => {
        text += part
      })
      socket.on('end', () => {
        resolve(text)
        server.close()
      })
    }).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      void writeLabel(facts, { folder, printer: `127.0.0.1:${port}` })
    })
  })
  expect(await got).toBe(toZpl(layOut(facts)))
  await expect(writeLabel(facts, { folder, printer: '127.0.0.1:9' })).rejects.toMatchObject({ code: 'label.unwritten' })
})
