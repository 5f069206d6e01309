// A batch's message is put together by hand, because it goes out every ten seconds: it must be what the general way makes.

import { expect, test } from 'vitest'
import { joined } from '../../../shared/kernel/pieces.ts'
import { KIND_BATCH, messageOf, openMessage, TOKEN_BYTES, UINT32_MAX } from '../../../shared/session/messages.ts'
import { decodeBatchMessage, encodeBatchMessage, fieldsOf } from '../../../shared/session/messages-up.ts'
import fc from '../../support/given-cases.ts'

test('a batch message by hand is the general one, and says what went in', () => {
  const uint32 = fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 70_000 }), fc.nat({ max: UINT32_MAX }))
  const token = fc.uint8Array({ minLength: TOKEN_BYTES, maxLength: TOKEN_BYTES })
  fc.assert(
    fc.property(
      token,
      uint32,
      uint32,
      uint32,
      uint32,
      fc.uint8Array({ maxLength: 700 }),
      (token, n, boot, firstSeq, span, batch) => {
        const id = { boot, firstSeq, span }
        const { plain, bytes } = encodeBatchMessage(token, n, id, batch)
        const message = joined(plain)
        expect(bytes).toBe(message.length)
        expect(message).toEqual(joined(messageOf(KIND_BATCH, token, n, fieldsOf([boot, firstSeq, span, batch]))))
        const opened = openMessage(message)
        expect(opened).toMatchObject({ kind: KIND_BATCH, token, n })
        expect(decodeBatchMessage(opened!.body)).toEqual({ id, bytes: batch })
      },
    ),
  )
})
