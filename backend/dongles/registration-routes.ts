// REST for installers: make a dongle known, and replace a claim code. Both may be asked again with the same words; neither answers with
// a secret, and what is refused changes nothing.

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { isDongleId } from '../../shared/kernel/ids.ts'
import { ClaimHashSchema, DongleRegisteredSchema, DongleRegistrationSchema } from '../../shared/schema/registration.ts'
import { problemAnswers } from '../openapi.ts'
import { Problem } from '../problem.ts'
import type { ClaimCodes } from './claim-codes.ts'
import type { DongleRegister } from './dongle-register.ts'

export interface RegistrationRooms {
  dongles: DongleRegister
  claimCodes: ClaimCodes
}

const DongleParams = Type.Object({ id: Type.String({ pattern: '^[0-9A-Z]{13}$' }) })
const COMMON_PROBLEMS = [
  'request.invalid',
  'access.missing',
  'access.throttled',
  'role.missing',
  'dongle.wrong-state',
  'store.unavailable',
] as const

export function registrationRoutes({ dongles, claimCodes }: RegistrationRooms): FastifyPluginCallbackTypebox {
  const common = { tags: ['dongles'], security: [{ accessKey: [] as string[] }], params: DongleParams }
  return (app, _options, done) => {
    app.put(
      '/dongles/:id',
      {
        config: { access: 'dongles.register' },
        schema: {
          ...common,
          summary: 'Make a dongle known; again with the same key: give it a new claim code',
          body: DongleRegistrationSchema,
          response: { 200: DongleRegisteredSchema, ...problemAnswers(...COMMON_PROBLEMS, 'dongle.other-key') },
        },
      },
      async ({ params, body, actor, accountNo }) => {
        const dongleId = rightId(params.id)
        const deviceKey = Buffer.from(body.deviceKeyHex, 'hex')
        const registered = await dongles.register({ dongleId, deviceKey, epoch: body.epoch }, actor)
        if (!registered.ok) throw new Problem(codeOf(registered.fault.code))
        const claimed = await claimCodes.replace(dongleId, body.claim, actor)
        if (!claimed.ok) throw new Problem(claimed.fault.code)
        const { firmware, engine, tray } = body
        await claimCodes.noteOrigin(dongleId, { accountNo, firmware, engine, tray })
        return { dongleId, outcome: claimed.value === 'owned' ? ('owned' as const) : registered.value }
      },
    )

    app.put(
      '/dongles/:id/claim-code',
      {
        config: { access: 'dongles.register' },
        schema: {
          ...common,
          summary: 'Replace the claim code: the old label is void',
          body: ClaimHashSchema,
          response: {
            200: Type.Object({ dongleId: Type.String() }),
            ...problemAnswers(...COMMON_PROBLEMS, 'dongle.unknown'),
          },
        },
      },
      async ({ params, body, actor }) => {
        const dongleId = rightId(params.id)
        const replaced = await claimCodes.replace(dongleId, body, actor)
        if (!replaced.ok) throw new Problem(replaced.fault.code)
        if (replaced.value === 'owned') throw new Problem('dongle.wrong-state', 'It has an owner: no code opens it.')
        return { dongleId }
      },
    )
    done()
  }
}

function rightId(id: string): string {
  if (isDongleId(id)) return id
  throw new Problem('request.invalid', 'The check character of the dongle id is wrong.')
}

/** The schema has checked id and key already; what is left is a key that is not the one we know. */
function codeOf(code: string): 'dongle.other-key' | 'request.invalid' {
  return code === 'dongle.other-key' ? code : 'request.invalid'
}
