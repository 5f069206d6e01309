// The certificates of ESPs' machines (RFC 8705). An ESP that has one shows it wherever its key or a token counts: tokens are bound to it, and a key or a token
// that was copied is worth nothing without it. What counts is the certificate itself, by its digest: who has signed it says nothing here.

import { X509Certificate } from 'node:crypto'
import type { Clock } from '../../shared/kernel/clock.ts'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { EspCertificate } from '../../shared/schema/people.ts'
import { thumbprintOfCertificate } from '../access/shown-certificate.ts'
import { recordAccountEvent } from '../accounts/account-events.ts'
import type { Store } from '../store/store.ts'
import type { By } from './keys.ts'

const CERTIFICATES_MAX = 10

export type CertificateFault = {
  code: 'esp-certificate.invalid' | 'esp-certificate.known' | 'esp-certificate.too-many'
}
export type BindingCode = 'certificate.missing' | 'certificate.foreign' | 'certificate.expired'

export interface EspCertificates {
  /** invalid: not one certificate in PEM, or its time is over. known: it is there already, maybe revoked. */
  add(espId: string, pem: string, by: By): Promise<Result<EspCertificate, CertificateFault>>
  revoke(
    espId: string,
    thumbprint: string,
    by: By,
  ): Promise<Result<EspCertificate, { code: 'esp-certificate.unknown' }>>
  list(espId: string): Promise<EspCertificate[]>
  /**
   * What a token of this ESP is bound to, when `shown` is what came with the request: the thumbprint of a certificate that holds, or undefined when the ESP
   * has none. One that has run out goes on being wanted until it is revoked: time must not open what a person has closed.
   */
  bindingOf(
    espId: string,
    shown: string | undefined,
  ): Promise<Result<string | undefined, { code: BindingCode; why: string }>>
}

export function openEspCertificates({ registers }: Store, clock: Clock): EspCertificates {
  return { add, revoke, list, bindingOf }

  async function add(espId: string, pem: string, by: By) {
    const read = readPem(pem, clock.wallS())
    if (read === undefined) return failed({ code: 'esp-certificate.invalid' as const })
    const certificate = { ...read, createdAtS: clock.wallS(), revokedAtS: null }
    return registers.transaction().execute(async trx => {
      const there = await trx
        .selectFrom('espCertificate')
        .select(['thumbprint', 'revokedAtS'])
        .where('espId', '=', espId)
        .execute()
      if (there.some(({ thumbprint }) => thumbprint === read.thumbprint)) {
        return failed({ code: 'esp-certificate.known' as const })
      }
      if (there.filter(({ revokedAtS }) => revokedAtS === null).length >= CERTIFICATES_MAX) {
        return failed({ code: 'esp-certificate.too-many' as const })
      }
      await trx
        .insertInto('espCertificate')
        .values({ espId, ...certificate })
        .execute()
      await recordAccountEvent(trx, {
        atS: certificate.createdAtS,
        ...by,
        event: 'esp-certificate-added',
        detail: `${espId} ${read.thumbprint}`,
      })
      return ok(certificate)
    })
  }

  async function revoke(espId: string, thumbprint: string, by: By) {
    return registers.transaction().execute(async trx => {
      const certificate = await trx
        .selectFrom('espCertificate')
        .select(['thumbprint', 'fromS', 'untilS', 'createdAtS', 'revokedAtS'])
        .where('espId', '=', espId)
        .where('thumbprint', '=', thumbprint)
        .executeTakeFirst()
      if (certificate === undefined) return failed({ code: 'esp-certificate.unknown' as const })
      if (certificate.revokedAtS !== null) return ok(certificate)
      const revokedAtS = clock.wallS()
      await trx
        .updateTable('espCertificate')
        .set({ revokedAtS })
        .where('espId', '=', espId)
        .where('thumbprint', '=', thumbprint)
        .execute()
      const detail = `${espId} ${thumbprint}`
      await recordAccountEvent(trx, { atS: revokedAtS, ...by, event: 'esp-certificate-revoked', detail })
      return ok({ ...certificate, revokedAtS })
    })
  }

  function list(espId: string): Promise<EspCertificate[]> {
    return registers
      .selectFrom('espCertificate')
      .select(['thumbprint', 'fromS', 'untilS', 'createdAtS', 'revokedAtS'])
      .where('espId', '=', espId)
      .orderBy('no')
      .execute()
  }

  async function bindingOf(espId: string, shown: string | undefined) {
    const held = (await list(espId)).filter(({ revokedAtS }) => revokedAtS === null)
    if (held.length === 0) return ok(undefined)
    if (shown === undefined) {
      return refused('certificate.missing', 'this ESP has registered a certificate: connect with it')
    }
    const one = held.find(({ thumbprint }) => thumbprint === shown)
    if (one === undefined) return refused('certificate.foreign', 'this certificate is not registered, or is revoked')
    const nowS = clock.wallS()
    if (nowS < one.fromS || nowS > one.untilS) {
      return refused('certificate.expired', 'its time is over, or has not begun')
    }
    return ok(shown)
  }
}

function refused(code: BindingCode, why: string): { ok: false; fault: { code: BindingCode; why: string } } {
  return { ok: false, fault: { code, why } }
}

/** One certificate that has not run out, and nothing else beside it: a key that comes along would be a secret no more. */
function readPem(pem: string, nowS: number): { thumbprint: string; fromS: number; untilS: number } | undefined {
  if ((pem.match(/-----BEGIN /g) ?? []).length !== 1) return undefined
  try {
    const certificate = new X509Certificate(pem)
    const [fromS, untilS] = [certificate.validFrom, certificate.validTo].map(time =>
      Math.floor(Date.parse(time) / 1000),
    )
    if (fromS === undefined || untilS === undefined || !(untilS > nowS)) return undefined
    return { thumbprint: thumbprintOfCertificate(certificate.raw), fromS, untilS }
  } catch {
    return undefined // what node says of it depends on its version; that it is no certificate is all there is to know
  }
}
