// What a sandbox has beside the platform: simulated metering points with dongles that send, an ESP that is admitted, with a key and a service, and the
// permission of a household for it. Every act of a person is made over REST, as people make it.

import { generateKeyPairSync } from 'node:crypto'
import type { ServiceText } from '../shared/schema/catalogue.ts'
import { batchOf, identityOf, ScriptedDongle } from '../test/support/scripted-dongle.ts'
import { visitorOf } from '../test/support/visitor.ts'
import type { Platform } from './platform.ts'

export interface SandboxWorld {
  espId: string
  /** For the ESP's client: {espId, kid, jwk}. */
  key: object
  permissionIds: string[]
  /** The access key of the ESP's manager. */
  managerKey: string
  /** The household takes the permission back. */
  revoke(permissionId: string): Promise<void>
  /** Sends the next readings of every metering point. */
  send(seconds: number): Promise<void>
  stop(): void
}

const four = (text: string) => ({ nl: text, fr: text, de: text, en: text })

/** Everything that a reading may hold of electricity, each second, an hour back. */
const SERVICE: ServiceText = {
  name: four('Sandbox'),
  summary: four('A service for trying things out.'),
  category: 'energy-optimisation',
  kinds: ['other'],
  channels: ['api'],
  price: { currency: 'EUR', amountCents: 100, per: 'month', text: four('Of no meaning here.') },
  contact: { eMail: 'sandbox@esp.example' },
  privacyPolicy: 'https://esp.example/privacy',
  need: {
    purpose: four('Trying out the interface.'),
    fields: ['offtakeT1Wh', 'offtakeT2Wh', 'injectionT1Wh', 'injectionT2Wh', 'offtakeW', 'injectionW'],
    periodS: 1,
    aggregation: 'last',
    historyS: 3600,
    everyS: 0,
    lifetimeS: 30 * 86_400,
  },
}

/** `points`: how many metering points, 1 … 90. The platform has NRT_OPERATOR_KEY set. */
export async function openSandboxWorld(
  { backend, gateway, httpPort }: Platform,
  points: number,
): Promise<SandboxWorld> {
  const server = `http://127.0.0.1:${httpPort}`
  const [household, manager, operator] = [
    await backend.openAccount('sandbox household'),
    await backend.openAs('sandbox ESP', 'esp-manager'),
    await backend.openOperator('sandbox operator'),
  ]
  let keys = 0
  // A minute ago: what is sent several seconds at a time was measured already.
  const startS = Math.floor(Date.now() / 1000) - 60
  const ids: string[] = []
  const dongles: ScriptedDongle[] = []
  for (let number = 1; number <= points; number++) {
    const ean = `5499999000000${String(number).padStart(5, '0')}`
    const added = await backend.addMeteringPoint({ ean, accountId: household.accountId, sinceS: startS - 86_400 })
    if (!added.ok) throw new Error(added.fault.code)
    ids.push(added.value.id)
    await backend.registerDongle(identityOf(number))
    await backend.bindDongle(identityOf(number).dongleId, ean)
    const dongle = new ScriptedDongle({ identity: identityOf(number), port: gateway.port as number })
    await dongle.connect()
    dongles.push(dongle)
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  async function ask(method: string, path: string, accessKey: string, body?: object): Promise<any> {
    const headers = {
      authorization: `Bearer ${accessKey}`,
      'idempotency-key': `sandbox-${startS}-${++keys}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const answer = await fetch(`${server}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  const contact = { eMail: 'sandbox@esp.example' }
  const profile = { name: 'Sandbox ESP', companyNumber: '0123.456.789', country: 'BE', contact }
  const { espId } = await ask('POST', '/esps', manager.accessKey, profile)
  await ask('POST', `/esps/${espId}/admit`, operator.accessKey, { remark: 'sandbox' })
  const { serviceId } = await ask('POST', '/esp/services', manager.accessKey, SERVICE)
  const { digest } = await ask('POST', `/esp/services/${serviceId}/submit`, manager.accessKey)
  await ask('POST', `/services/${serviceId}/review`, operator.accessKey, { digest, isGood: true })
  await ask('POST', `/esp/services/${serviceId}/publish`, manager.accessKey)
  const { version } = await ask('GET', '/terms', household.accessKey)
  await ask('POST', '/terms/acceptance', household.accessKey, { version, language: 'en', isAccepted: true })
  // a yes wants somebody who has just signed in
  const person = visitorOf(backend)
  await person.signIn({ login: '', password: household.accessKey, isFresh: true })
  const permissionIds: string[] = []
  for (const meteringPointId of ids) {
    const wish = { meteringPointId, serviceId, language: 'en' }
    const { permission, statement } = await ask('POST', '/permissions', household.accessKey, wish)
    const yes = { statement: statement.digest, language: 'en', isPriceAccepted: true }
    const once = { 'idempotency-key': `sandbox-yes-${startS}-${++keys}` }
    const granted = await person.ask('POST', `/api/v1/permissions/${permission.permissionId}/grant`, yes, once)
    if (granted.statusCode !== 200) throw new Error(`the household's yes: ${granted.statusCode} ${granted.body}`)
    permissionIds.push(permission.permissionId)
  }
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const added = await backend.addEspKey(espId, manager.accountId, publicKey.export({ format: 'jwk' }))
  if (!added.ok) throw new Error(added.fault.code)
  let sent = 0
  return {
    espId,
    key: { espId, kid: added.value.kid, jwk: privateKey.export({ format: 'jwk' }) },
    permissionIds,
    managerKey: manager.accessKey,
    revoke: async permissionId => {
      await ask('POST', `/permissions/${permissionId}/revoke`, household.accessKey)
    },
    async send(seconds) {
      const batch = batchOf(1, sent, seconds, startS)
      sent += seconds
      await Promise.all(dongles.map(dongle => dongle.send(batch)))
    },
    stop() {
      for (const dongle of dongles) dongle.cut()
    },
  }
}
