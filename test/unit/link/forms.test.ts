import { expect, test } from 'vitest'
import { dongleIdFrom } from '../../../shared/kernel/ids.ts'
import { decodeParcels, encodeParcels } from '../../../shared/link/parcels.ts'
import { fromText, toText } from '../../../shared/link/texts.ts'
import fc from '../../support/given-cases.ts'

const parcels = fc.array(
  fc.record({
    dongleId: fc.uint8Array({ minLength: 12, maxLength: 12 }).map(dongleIdFrom),
    receivedAtMs: fc.maxSafeNat(),
    text: fc.constantFrom('', 'batch.malformed', 'store-rejects', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`),
    bytes: fc.uint8Array({ maxLength: 300 }),
  }),
  { maxLength: 20 },
)

test('parcels come out as they went in', () => {
  fc.assert(
    fc.property(parcels, sent => {
      expect(decodeParcels(encodeParcels(sent))).toEqual(sent)
    }),
  )
})

test('a body that was cut, lengthened or is anything at all is refused whole, and nothing throws', () => {
  fc.assert(
    fc.property(parcels, fc.nat(), (sent, cut) => {
      const body = encodeParcels(sent)
      expect(decodeParcels(body.subarray(0, cut % body.length))).toBeUndefined()
      expect(decodeParcels(Buffer.concat([body, Buffer.of(0)]))).toBeUndefined()
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), body => {
      const read = decodeParcels(body)
      if (read !== undefined) expect(encodeParcels(read).length).toBe(body.length)
    }),
  )
})

test('bytes in arguments and answers survive, a Buffer too; nothing is undefined again', () => {
  const order = { number: 2 ** 53 - 1, name: 'rotate', argument: Buffer.of(0, 255, 16), seconds: undefined }
  expect(fromText(toText([order, new Uint8Array(0)]))).toEqual([
    { number: 2 ** 53 - 1, name: 'rotate', argument: Uint8Array.of(0, 255, 16) },
    new Uint8Array(0),
  ])
  expect(fromText(toText(undefined))).toBeUndefined()
})

test('a batch that is not followed costs the link no byte for it', () => {
  const batch = { dongleId: dongleIdFrom(Array(12).fill(1)), receivedAtMs: 0, text: '', bytes: new Uint8Array(10) }
  expect(encodeParcels([batch]).length).toBe(4 + 13 + 8 + 1 + 4 + 10)
})
