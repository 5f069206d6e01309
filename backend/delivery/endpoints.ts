// Where ESPs take webhooks: one address and one secret each, kept wrapped. In memory they are at hand for every batch; a change is there before it is
// answered. It refuses to know what is posted.

import { randomBytes } from 'node:crypto'
import type { Clock } from '../../shared/kernel/clock.ts'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { DeliveryFormat } from '../../shared/schema/delivery.ts'
import type { Store } from '../store/store.ts'
import { checkTarget, type TargetFault } from './safe-address.ts'

export interface Endpoint {
  url: URL
  format: DeliveryFormat
  /** whsec_ and 32 random bytes in base64, as Standard Webhooks has it. */
  secret: string
}

export interface Endpoints {
  of(espId: string): Endpoint | undefined
  all(): string[]
  /** Another program may have changed them. */
  readAnew(): Promise<void>
  /** A new secret each time: shown once, in what comes back. */
  set(espId: string, url: string, format: DeliveryFormat): Promise<Result<Endpoint, TargetFault>>
  remove(espId: string): Promise<void>
}

export async function openEndpoints(
  { registers, keys }: Pick<Store, 'registers' | 'keys'>,
  clock: Clock,
  mayBePrivate: boolean,
  changed: (espId: string) => void = () => undefined,
): Promise<Endpoints> {
  let known = new Map<string, Endpoint>()
  await readAnew()
  return { of: espId => known.get(espId), all: () => [...known.keys()], readAnew, set, remove }

  async function readAnew(): Promise<void> {
    const read = new Map<string, Endpoint>()
    for (const { espId, url, format, wrappedSecret } of await registers.selectFrom('webhook').selectAll().execute()) {
      const secret = keys.unwrap(wrappedSecret, placeOf(espId))
      if (secret !== undefined) read.set(espId, { url: new URL(url), format, secret: textOf(secret) })
    }
    known = read
  }

  async function set(espId: string, text: string, format: DeliveryFormat): Promise<Result<Endpoint, TargetFault>> {
    const target = checkTarget(text, mayBePrivate)
    if (!target.ok) return failed(target.fault)
    const secret = randomBytes(32)
    const row = {
      url: target.value.href,
      format,
      wrappedSecret: keys.wrap(secret, placeOf(espId)),
      createdAtS: clock.wallS(),
    }
    await registers
      .insertInto('webhook')
      .values({ espId, ...row })
      .onConflict(conflict => conflict.column('espId').doUpdateSet(row))
      .execute()
    const endpoint = { url: target.value, format, secret: textOf(secret) }
    known.set(espId, endpoint)
    changed(espId)
    return ok(endpoint)
  }

  async function remove(espId: string): Promise<void> {
    await registers.deleteFrom('webhook').where('espId', '=', espId).execute()
    known.delete(espId)
    changed(espId)
  }
}

function placeOf(espId: string): string {
  return `webhook|${espId}`
}

function textOf(secret: Uint8Array): string {
  return `whsec_${Buffer.from(secret).toString('base64')}`
}
