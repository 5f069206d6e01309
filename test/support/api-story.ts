// A story that asks the addresses of the API once each, in the order in which people come to them: what is asked and answered in it are the examples of
// the description (backend/api/examples.json). A new address is told here, at its place; `npm run api:examples` then writes the file anew.

import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import type { Examples } from '../../backend/api/describe.ts'
import { DEFAULT_TERMS } from '../../backend/consent/default-terms.ts'
import { hashOfClaimCode } from '../../installer/flash/identity.ts'
import { claimCodeFrom } from '../../shared/kernel/claim-code.ts'
import { dongleIdFrom } from '../../shared/kernel/ids.ts'
import { type Asker, bearer, createRecorder, type Recorder } from './api-recorder.ts'
import { NOON_S } from './batches.ts'
import { type ClaimedHome, HOME_EAN, HOME_SERIAL, openClaimedHome } from './claimed-home.ts'
import { aProfile, aServiceText } from './consent-world.ts'
import { openHook, type TestHook } from './delivery.ts'
import { anEntry } from './register-contract.ts'
import { aReleaseFile, trustFile } from './releases.ts'
import { selfSignedCertificate } from './self-signed-certificate.ts'
import { HERE } from './visitor.ts'

const OPERATOR = bearer('operator-key-of-the-api-0123456789')
const DONGLE = dongleIdFrom([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2])
const CLAIM_CODE = claimCodeFrom([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
const DEVICE_KEY = 'ab'.repeat(32)
const CLAIM_SHOWN = { saltHex: '00'.repeat(16), hashHex: '11'.repeat(32) }
const SHOWN_OF_DISK = { fileBytes: 1_048_576, freeBytes: 1e10, limitBytes: 1e10, troubles: [] }
const CERTIFICATE_SHOWN = { pem: '-----BEGIN CERTIFICATE-----\n…', thumbprint: 'T'.repeat(43) }
const KEY_SHOWN = { x: 'A'.repeat(43), y: 'B'.repeat(43) }
const HOOK = 'https://esp.example/nrt'
const V1 = '/api/v1'

interface Cast {
  home: ClaimedHome
  tell: Recorder['tell']
  installer: Asker
  anna: Asker
  mother: Asker
  manager: Asker
  anne: Asker
  bert: Asker
  managerId: string
  /** The provider's own server. */
  hook: TestHook
}

/** An endpoint that fails for days does not fit into a story: test/support/delivery-contract.ts plays it. */
const PLAYED_ELSEWHERE: Examples = {
  postEspDeadDeliveriesReplay: { path: { no: 1 }, status: 200, answer: { isPending: true } },
}

/** `looked` sees at the end what went to the provider's server by itself, and what was logged. */
export async function tellTheStory(looked?: (posts: unknown[], logged: unknown[]) => void): Promise<Examples> {
  const backupDir = mkdtempSync(join(tmpdir(), 'nrt-story-'))
  const config = {
    operatorKey: 'operator-key-of-the-api-0123456789',
    releaseKeysFile: trustFile(),
    backupDir,
    mayWebhooksBePrivate: true,
  }
  const home = await openClaimedHome({ config })
  const hook = await openHook()
  try {
    home.clock.nowS = NOON_S + 10
    const recorder = createRecorder(home)
    const cast = await castOf(home, recorder, hook)
    await household(cast)
    const service = await provider(cast)
    await consent(cast, service)
    await machine(cast, service)
    await ends(cast, service)
    await operators(cast)
    looked?.(hook.came, home.logged)
    return { ...recorder.examples, ...PLAYED_ELSEWHERE }
  } finally {
    await home.stop()
    await hook.close()
    rmSync(backupDir, { recursive: true, force: true })
  }
}

async function castOf(home: ClaimedHome, { tell, visitor }: Recorder, hook: TestHook): Promise<Cast> {
  const { backend } = home
  const signedIn = async (accessKey: string): Promise<Asker> => {
    const person = visitor()
    await person.signIn({ login: '', password: accessKey, isFresh: true })
    return { visitor: person }
  }
  const [anna, mother, manager] = [
    await backend.openAccount('Anna'),
    await backend.openAccount('Mother'),
    await backend.openAs('Bert', 'esp-manager'),
  ]
  return {
    ...{ home, tell, hook, managerId: manager.accountId },
    installer: bearer((await backend.openAs('Ivo', 'installer')).accessKey),
    anna: await signedIn(anna.accessKey),
    mother: await signedIn(mother.accessKey),
    manager: await signedIn(manager.accessKey),
    anne: await signedIn((await backend.openOperator('Anne')).accessKey),
    bert: await signedIn((await backend.openOperator('Carl')).accessKey),
  }
}

/** From a dongle on the bench to readings on the page. */
async function household({ home, tell, installer, anna, mother }: Cast): Promise<void> {
  const nobody: Asker = { headers: {} }
  await tell(nobody, 'GET /healthz')
  await tell(nobody, 'GET /readyz')
  const claim = hashOfClaimCode(CLAIM_CODE)
  const device = { deviceKeyHex: DEVICE_KEY, epoch: 1, claim, firmware: '0.1.0', engine: '2v30' }
  const made = { path: { id: DONGLE }, shown: CLAIM_SHOWN }
  await tell(installer, `PUT ${V1}/dongles/{id}`, { ...made, body: device })
  await tell(installer, `PUT ${V1}/dongles/{id}/claim-code`, { ...made, body: claim })

  await tell(OPERATOR, `PUT ${V1}/access-register/entries`, { body: { items: [anEntry()] } })
  await tell(OPERATOR, `GET ${V1}/access-register/entries`)
  const { person } = await tell(anna, `GET ${V1}/session`, {
    shown: { csrf: 'the word against forged requests', freshUntilS: NOON_S + 310 },
  })
  await tell(OPERATOR, `PUT ${V1}/accounts/{id}/holder`, {
    path: { id: person.accountId },
    body: { holderId: 'person-A' },
  })
  await tell(OPERATOR, `POST ${V1}/access-register/points-of`, { body: { holderId: 'person-A' } })

  await tell(anna, `GET ${V1}/account`, { shown: { events: [], sessions: [] } })
  await tell(nobody, `GET ${V1}/terms`)
  await tell(anna, `POST ${V1}/terms/acceptance`, { body: { version: 1, language: 'nl', isAccepted: true } })
  await tell(anna, `GET ${V1}/terms/acceptance`)
  await tell(anna, `POST ${V1}/own/dongles`, { body: { dongleId: DONGLE, claimCode: CLAIM_CODE } })
  const dongle = { dongleId: DONGLE, claimCode: CLAIM_CODE, deviceKey: Buffer.from(DEVICE_KEY, 'hex'), boot: 1 }
  await home.says(dongle, HOME_SERIAL)
  await home.measures(dongle, NOON_S)
  await tell(anna, `GET ${V1}/own/dongles`)
  const { items } = await tell(anna, `GET ${V1}/metering-points`)
  const path = { id: items.find((one: { ean: string }) => one.ean === HOME_EAN).id }
  const range = { fromS: NOON_S, toS: NOON_S + 5 }
  await tell(anna, `GET ${V1}/metering-points/{id}/latest`, { path })
  await tell(anna, `GET ${V1}/metering-points/{id}/readings`, {
    path,
    query: { ...range, resolution: 'raw', fields: 'offtakeW' },
  })
  await tell(anna, `GET ${V1}/metering-points/{id}/today`, { path })
  await tell(anna, `GET ${V1}/metering-points/{id}/diagnosis`, { path, query: { lang: 'en' } })
  await tell(anna, `GET ${V1}/own/tenures`)
  const [tenure] = (await tell(anna, `GET ${V1}/own/tenures`)).items
  await tell(anna, `GET ${V1}/own/tenures/{id}/{fromS}/readings`, {
    path: { ...path, fromS: tenure.fromS },
    query: { ...range, resolution: 'raw', fields: 'offtakeW' },
  })

  const shown = { code: 'K7QX-30F4-9A1C-ZZ2M' }
  const { mandateId, code } = await tell(anna, `POST ${V1}/mandates`, { body: { scope: 'look', days: 30 }, shown })
  await tell(mother, `POST ${V1}/mandates/take`, { body: { code }, shown })
  await tell(anna, `GET ${V1}/mandates`)
  await tell(anna, `POST ${V1}/mandates/{id}/end`, { path: { id: mandateId } })
}

interface Offer {
  espId: string
  serviceId: string
  jwk: object
  privateKey: Parameters<SignJWT['sign']>[0]
}

/** From an application to a service that can be subscribed to, and a key. */
async function provider({ home, tell, manager, anne, managerId }: Cast): Promise<Offer> {
  const { espId } = await tell(manager, `POST ${V1}/esps`, { body: aProfile() })
  const { accessKey } = await home.backend.openAs('Dora', 'esp-manager')
  await tell(bearer(accessKey), `POST ${V1}/esps`, { body: aProfile('Ohm') })
  const remark = { remark: 'papers seen' }
  await tell(anne, `POST ${V1}/esps/{id}/admit`, { path: { id: espId }, body: remark })
  await tell(anne, `POST ${V1}/esps/{id}/suspend`, { path: { id: espId }, body: { remark: 'papers ran out' } })
  await tell(anne, `POST ${V1}/esps/{id}/admit`, { path: { id: espId }, body: remark })
  await tell(anne, `GET ${V1}/esps/{id}/events`, { path: { id: espId }, query: { limit: 2 } })
  await tell(anne, `GET ${V1}/esps`, { query: { state: 'admitted' } })
  await tell(manager, `GET ${V1}/esp`)
  await tell(manager, `PUT ${V1}/esp`, { body: aProfile('Watt & Company') })
  const { serviceId } = await tell(manager, `POST ${V1}/esp/services`, { body: aServiceText() })
  const path = { id: serviceId }
  const clearer = aServiceText({ need: { ...aServiceText().need, periodS: 1, historyS: 3600 } })
  await tell(manager, `PUT ${V1}/esp/services/{id}`, { path, body: clearer })
  const { digest } = await tell(manager, `POST ${V1}/esp/services/{id}/submit`, { path })
  await tell(anne, `GET ${V1}/services/submitted`)
  await tell(anne, `GET ${V1}/services/{id}/review`, { path, query: { language: 'en' } })
  await tell(anne, `POST ${V1}/services/{id}/review`, { path, body: { digest, isGood: true, remark: '' } })
  await tell(manager, `POST ${V1}/esp/services/{id}/publish`, { path })
  await tell(manager, `GET ${V1}/esp/services`)
  await tell({ headers: {} }, `GET ${V1}/catalogue`, { query: { isFree: false } })
  await tell({ headers: {} }, `GET ${V1}/catalogue/{id}`, { path })

  const roles = { role: 'esp-manager', espId, isGiven: true }
  await tell(OPERATOR, `POST ${V1}/people/{id}/roles`, { path: { id: managerId }, body: roles })
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicKey.export({ format: 'jwk' })
  const own = { path: { espId }, shown: KEY_SHOWN }
  const kid = 'watt-2026'
  await tell(manager, `POST ${V1}/esps/{espId}/keys`, { ...own, body: { ...jwk, kid } })
  await tell(manager, `GET ${V1}/esps/{espId}/keys`, own)
  home.clock.nowS += 1
  return { espId, serviceId, privateKey, jwk: { ...jwk, kid } }
}

/** The customer reads, says yes, and sees what follows. */
async function consent({ tell, anna }: Cast, { serviceId }: Offer): Promise<void> {
  const { items } = await tell(anna, `GET ${V1}/metering-points`)
  const wish = { meteringPointId: items[0].id, serviceId, language: 'en' }
  const first = await tell(anna, `POST ${V1}/permissions`, { body: wish })
  await tell(anna, `POST ${V1}/permissions/{id}/refuse`, {
    path: { id: first.permission.permissionId },
    body: { reason: 'too-much' },
  })
  const { permission, statement } = await tell(anna, `POST ${V1}/permissions`, { body: wish })
  const path = { id: permission.permissionId }
  const yes = { statement: statement.digest, language: 'en', isPriceAccepted: true }
  await tell(anna, `POST ${V1}/permissions/{id}/grant`, { path, body: yes })
  await tell(anna, `GET ${V1}/permissions`, { query: { state: 'granted' } })
  await tell(anna, `GET ${V1}/permissions/{id}/receipt`, { path })
  await tell({ headers: {} }, `GET ${V1}/receipt-keys`, { shown: { ...KEY_SHOWN, kid: 'C'.repeat(43) } })
  await tell(anna, `GET ${V1}/permission-provision-log`, { query: { limit: 2 } })
}

/** The provider's server: a token, readings, notices, webhooks. What was taken stands in the customer's log. */
async function machine({ home, tell, anna, hook }: Cast, { espId, jwk, privateKey }: Offer): Promise<void> {
  const { kid } = jwk as { kid: string }
  const assertion = await new SignJWT({ iss: espId, sub: espId, aud: HERE, jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES256', kid })
    .setExpirationTime(home.clock.nowS + 60)
    .sign(privateKey)
  const form = {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  }
  const { access_token: token } = await tell({ headers: {} }, 'POST /oauth/token', {
    body: new URLSearchParams(form).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  const server = bearer(token)
  await tell(server, `GET ${V1}/esp/self`)
  const { items } = await tell(server, `GET ${V1}/esp/permissions`, { query: { state: 'granted', limit: 50 } })
  const path = { id: items[0].permissionId }
  const shown = { id: 'YwOGJPsmiys-b7ykp3G_Sk' }
  const range = { fromS: NOON_S, toS: NOON_S + 3 }
  await tell(server, `GET ${V1}/esp/permissions/{id}/latest`, { path, shown: { ...shown } })
  await tell(server, `GET ${V1}/esp/permissions/{id}/readings`, { path, query: range, shown })
  await tell(server, `GET ${V1}/esp/permissions/{id}/gaps`, { path, query: { fromS: NOON_S, toS: NOON_S + 60 } })
  const { items: notices } = await tell(server, `GET ${V1}/esp/notices`)
  await tell(server, `POST ${V1}/esp/notices/{id}/acknowledge`, { path: { id: notices[0].noticeId } })
  await tell(anna, `GET ${V1}/mandated-access-log`)
  await tell(anna, `GET ${V1}/data-access-log`, { query: { limit: 1 } })
  await tell(anna, `GET ${V1}/consent-export`)
  const shownUrl = { url: HOOK }
  await tell(server, `PUT ${V1}/esp/webhook`, {
    body: { url: hook.url, format: 'json' },
    shown: { ...shownUrl, secret: `whsec_${'A'.repeat(32)}` },
  })
  await tell(server, `GET ${V1}/esp/webhook`, {
    shown: { ...shownUrl, failures: 0, failingSinceS: null, lastAnswer: '204' },
  })
  await tell(server, `POST ${V1}/esp/webhook/test`)
  await tell(server, `DELETE ${V1}/esp/webhook`)
  await tell(server, `GET ${V1}/esp/deliveries`)
  await tell(server, `GET ${V1}/esp/dead-deliveries`)
}

/** What ends: by the customer, the ESP, the operator, the market. */
async function ends({ tell, anna, manager, anne }: Cast, { espId, serviceId, jwk }: Offer): Promise<void> {
  const { items: notices } = await tell(anna, `GET ${V1}/notices`)
  await tell(anna, `POST ${V1}/notices/{id}/seen`, { path: { id: notices[0].noticeId } })
  const [live] = (await tell(anna, `GET ${V1}/permissions`, { query: { state: 'granted' } })).items
  await tell(anna, `POST ${V1}/permissions/{id}/revoke`, { path: { id: live.permissionId } })
  const { permission, statement } = await tell(anna, `POST ${V1}/permissions`, {
    body: { meteringPointId: live.meteringPointId, serviceId, language: 'en' },
  })
  const path = { id: permission.permissionId }
  const yes = { statement: statement.digest, language: 'en', isPriceAccepted: true }
  await tell(anna, `POST ${V1}/permissions/{id}/grant`, { path, body: yes })
  await tell(manager, `POST ${V1}/esp/permissions/{id}/terminate`, { path })
  await tell(anne, `GET ${V1}/subscription-counts`, { query: { month: '2026-03' } })
  await tell(manager, `GET ${V1}/esp/subscription-counts`, { query: { months: 2 } })
  await tell(manager, `POST ${V1}/esp/services/{id}/withdraw`, {
    path: { id: serviceId },
    body: { endsPermissions: true },
  })
  const again = await tell(manager, `POST ${V1}/esp/services`, { body: aServiceText() })
  const second = { path: { id: again.serviceId } }
  const { digest } = await tell(manager, `POST ${V1}/esp/services/{id}/submit`, second)
  await tell(anne, `POST ${V1}/services/{id}/review`, { ...second, body: { digest, isGood: true, remark: '' } })
  await tell(manager, `POST ${V1}/esp/services/{id}/publish`, second)
  const { kid } = jwk as { kid: string }
  const theirs = { path: { espId }, shown: CERTIFICATE_SHOWN }
  const { cert: pem } = selfSignedCertificate('watt')
  const { thumbprint } = await tell(manager, `POST ${V1}/esps/{espId}/certificates`, { ...theirs, body: { pem } })
  await tell(manager, `GET ${V1}/esps/{espId}/certificates`, theirs)
  const one = { path: { espId, thumbprint }, shown: CERTIFICATE_SHOWN }
  await tell(manager, `POST ${V1}/esps/{espId}/certificates/{thumbprint}/revoke`, one)
  await tell(manager, `POST ${V1}/esps/{espId}/keys/{kid}/revoke`, { path: { espId, kid }, shown: KEY_SHOWN })
  await tell(anne, `POST ${V1}/services/{id}/withdraw`, { path: { id: again.serviceId } })
  await tell(anne, `POST ${V1}/esps/{id}/expel`, { path: { id: espId }, body: { remark: 'ended its business' } })
  await tell(anna, `POST ${V1}/own/dongles/{id}/acts`, { path: { id: DONGLE }, body: { act: 'report-lost' } })
  await tell(anna, `DELETE ${V1}/terms/acceptance`)
  const [tenure] = (await tell(anna, `GET ${V1}/own/tenures`)).items
  const own = { id: tenure.meteringPointId, fromS: tenure.fromS }
  await tell(anna, `POST ${V1}/own/tenures/{id}/{fromS}/erase`, { path: own })
  const gone = {
    eventId: 'market-1',
    ean: HOME_EAN,
    kind: 'contract-end',
    effectiveS: NOON_S,
    issuedS: NOON_S - 60,
    holderId: null,
  }
  await tell(OPERATOR, `POST ${V1}/access-register/market-events`, { body: { items: [gone] } })
  await tell(OPERATOR, `GET ${V1}/access-register/market-events`)
  await tell(OPERATOR, `GET ${V1}/access-register/changes`, {
    query: { after: '', limit: 2 },
    shown: { next: 'as-it-came' },
  })
  await tell(OPERATOR, `GET ${V1}/tenure-ends`)
}

/** Whoever keeps the platform. */
async function operators({ home, tell, anna, anne, bert, managerId }: Cast): Promise<void> {
  const path = { id: DONGLE }
  await tell(OPERATOR, `GET ${V1}/dongles/{id}`, { path })
  await tell(OPERATOR, `GET ${V1}/dongles/{id}/events`, { path, query: { limit: 2 } })
  await tell(OPERATOR, `POST ${V1}/dongles/{id}/acts`, { path, body: { act: 'found' } })
  await tell(OPERATOR, `GET ${V1}/dongles/{id}/diagnosis`, { path, query: { lang: 'en' } })
  const other = { id: home.dongleId }
  await tell(OPERATOR, `POST ${V1}/dongles/{id}/orders`, { path: other, body: { name: 'restart' } })
  await tell(OPERATOR, `GET ${V1}/dongles/{id}/orders`, { path: other })
  await tell(OPERATOR, `GET ${V1}/people`, { query: { limit: 2 } })
  await tell(OPERATOR, `GET ${V1}/people/{id}/mandates`, { path: { id: managerId } })
  await tell(OPERATOR, `POST ${V1}/people/{id}/lock`, {
    path: { id: managerId },
    body: { isLocked: true, reason: 'its key was found in the street' },
  })
  await tell(OPERATOR, `GET ${V1}/audit/verdict`)
  await tell(OPERATOR, `GET ${V1}/audit/events`, { query: { limit: 2 } })
  await tell(OPERATOR, `GET ${V1}/account-events`, { query: { limit: 2 } })
  await home.backend.ingest.bury([
    { dongleId: DONGLE, receivedAtMs: NOON_S * 1000, bytes: Uint8Array.of(0xff), reason: 'batch.malformed' },
  ])
  const [letter] = (await tell(OPERATOR, `GET ${V1}/dead-letters`)).items
  await tell(OPERATOR, `GET ${V1}/dead-letters/{no}`, { path: { no: letter.no } })
  await tell(OPERATOR, `POST ${V1}/dead-letters/replay`, { body: {} })
  await tell(OPERATOR, `POST ${V1}/dead-letters/{no}/drop`, { path: { no: letter.no } })
  await tell(OPERATOR, `GET ${V1}/platform`, { shown: SHOWN_OF_DISK })
  const where = { folder: '/var/backups/nrt/monday', bytes: null, state: 'running' }
  await tell(OPERATOR, `POST ${V1}/backups`, { body: { folder: 'monday' }, shown: where })
  await tell(OPERATOR, `GET ${V1}/backups`, { shown: { ...where, bytes: 1_048_576, state: 'done' } })
  const { items: waiting } = await tell(anne, `GET ${V1}/esps`, { query: { state: 'applied' } })
  await tell(anne, `POST ${V1}/esps/{id}/refuse`, { path: { id: waiting[0].espId }, body: { remark: 'no papers' } })
  await tell(anne, `POST ${V1}/terms`, { body: DEFAULT_TERMS })
  await tell(anne, `GET ${V1}/terms/versions`, { query: { limit: 1 } })

  const signed = {
    program: 'Ly8gYSBwcm9ncmFt',
    manifest: 'oWE=',
    signatures: [],
    signers: ['1111111111111111', '2222222222222222'],
  }
  await tell(anne, `POST ${V1}/releases`, { body: aReleaseFile({ version: 5 }), shown: signed })
  await tell(anne, `GET ${V1}/releases`, { shown: signed })
  await tell(anne, `GET ${V1}/releases/{version}`, { path: { version: 5 }, shown: signed })
  const plan = { version: 5, plan: { waves: [{ permille: 1000 }] } }
  const { rolloutId } = await tell(anne, `POST ${V1}/rollouts`, { body: plan })
  const own = { path: { id: rolloutId } }
  await tell(bert, `POST ${V1}/rollouts/{id}/approve`, own)
  await tell(anne, `POST ${V1}/rollouts/{id}/pause`, own)
  await tell(anne, `POST ${V1}/rollouts/{id}/resume`, own)
  await tell(anne, `GET ${V1}/rollouts`)
  await tell(anne, `GET ${V1}/rollouts/{id}`, own)
  await tell(anne, `GET ${V1}/rollouts/{id}/dongles`, own)
  await tell(anne, `GET ${V1}/rollouts/{id}/events`, { ...own, query: { limit: 2 } })
  await tell(anne, `GET ${V1}/update-events`, { query: { limit: 2 } })
  await tell(anne, `POST ${V1}/rollouts/{id}/cancel`, own)
  await tell(anne, `POST ${V1}/dongles/{id}/target-token`, { path: other, shown: { token: 'shown this once' } })
  await tell(anna, `POST ${V1}/session/end`, { body: { all: false } })
}
