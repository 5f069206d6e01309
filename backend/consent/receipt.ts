// The consent receipt that a customer gets with a grant: the record of ISO/IEC TS 27560 in JSON-LD with terms of the Data Privacy Vocabulary (DPV), signed as a
// compact JWS (ES256). It says what was agreed in the words that were read; who checks the signature needs the platform's public key and nothing else.

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { CompactSign, calculateJwkThumbprint, exportJWK, type JWK } from 'jose'
import type { EspProfile, ServiceText } from '../../shared/schema/catalogue.ts'
import type { Statement } from '../../shared/schema/permission.ts'
import type { Store } from '../store/store.ts'
import type { Permission } from './permission.ts'

export interface Granted {
  permission: Permission
  esp: EspProfile
  service: ServiceText
  statement: Statement
  termsVersion: number
  /** Opaque: who has agreed. */
  accountId: string
  meteringPointId: string
}

export interface Receipts {
  sign(granted: Granted): Promise<string>
  /** The public key, for whoever checks a receipt. */
  jwks: { keys: JWK[] }
}

const KEY = 'receipt-key'
const CONTEXT = {
  '@vocab': 'https://w3id.org/dpv/27560#',
  dpv: 'https://w3id.org/dpv#',
  'eu-gdpr': 'https://w3id.org/dpv/legal/eu/gdpr#',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
} as const

/** The key is made once and kept in the database, wrapped. */
export async function openReceipts({ registers, keys }: Store, platformUrl: string): Promise<Receipts> {
  const key = await signingKey()
  const jwk = await exportJWK(createPublicKey(key))
  const kid = await calculateJwkThumbprint(jwk)
  return {
    jwks: { keys: [{ ...jwk, kid, alg: 'ES256', use: 'sig' }] },
    sign(granted) {
      const payload = Buffer.from(JSON.stringify(receiptOf(granted, platformUrl)), 'utf8')
      return new CompactSign(payload).setProtectedHeader({ alg: 'ES256', kid, typ: 'consent-receipt+jws' }).sign(key)
    },
  }

  async function signingKey(): Promise<KeyObject> {
    const made = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const value = keys.wrap(made.export({ format: 'der', type: 'pkcs8' }), KEY)
    await registers
      .insertInto('meta')
      .values({ name: KEY, value })
      .onConflict(conflict => conflict.column('name').doNothing())
      .execute()
    const kept = await registers.selectFrom('meta').select('value').where('name', '=', KEY).executeTakeFirstOrThrow()
    const der = keys.unwrap(kept.value, KEY)
    if (der === undefined) throw new Error('the key that signs receipts does not open with this key-encryption key')
    return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' })
  }
}

/** Pure; sections and names of ISO/IEC TS 27560:2023, clause 6: receipt metadata, processing, parties, events. */
export function receiptOf(granted: Granted, platformUrl: string): object {
  const { permission, esp, service, statement, accountId, meteringPointId, termsVersion } = granted
  const { permissionId, espId, serviceId, version, need, requestedAtMs, grantedAtMs, untilMs, readingsFromS } =
    permission
  const at = (ms: number) => new Date(ms).toISOString()
  const entity = { entity_id: accountId, 'dpv:hasIndicationMethod': 'dpv:ExpressedConsent' }
  return {
    '@context': CONTEXT,
    '@type': ['dpv:ConsentReceipt'],
    '@id': `urn:nrt:receipt:${permissionId}`,
    schema_version: 'ISO/IEC TS 27560:2023',
    receipt_id: `urn:nrt:receipt:${permissionId}`,
    record_id: `urn:nrt:permission:${permissionId}`,
    pii_principal_id: accountId,
    pii_processing: {
      privacy_notice: service.privacyPolicy,
      language: statement.language,
      purposes: [
        {
          purpose: need.purpose[statement.language],
          'dpv:hasPurpose': need.purpose,
          purpose_type: `dpv:ServiceProvision`,
          category: service.category,
          lawful_basis: 'eu-gdpr:A6-1-a',
          pii_information: need.fields.map(field => ({
            pii_type: 'dpv:PersonalData',
            pii_attribute_id: field,
            pii_optional: false,
            sensitive_pii_category: false,
          })),
          pii_controllers: [espId],
          collection_method: 'smart meter, P1 port',
          processing_method: {
            periodS: need.periodS,
            aggregation: need.aggregation,
            everyS: need.everyS,
            'dpv:quality': 'informative, not validated',
          },
          processing_locations: [esp.country],
          services: [{ id: serviceId, version, name: service.name[statement.language] }],
          metering_point: meteringPointId,
          readings_from: at(readingsFromS * 1000),
          retention_period: service.privacyPolicy,
          withdrawal_method: `${platformUrl}/#permissions`,
          'dpv:hasPrice': service.price,
        },
      ],
      jurisdictions: [esp.country],
      terms_of_use_version: termsVersion,
      statement,
    },
    party_identification: [
      {
        party_id: espId,
        party_name: esp.name,
        party_role: 'dpv:DataController',
        party_identifier: esp.companyNumber,
        party_country: esp.country,
        party_email: service.contact.eMail,
        party_url: service.contact.url,
      },
      { party_id: 'nrt', party_role: 'dpv:DataProcessor', party_url: platformUrl },
    ],
    events: [
      { event_time: at(requestedAtMs), event_type: 'dpv:ConsentRequested', ...entity },
      {
        event_time: at(grantedAtMs),
        event_type: 'dpv:ConsentGiven',
        event_state: 'active',
        validity_duration: `PT${Math.round((untilMs - grantedAtMs) / 1000)}S`,
        valid_until: at(untilMs),
        ...entity,
      },
    ],
  }
}
