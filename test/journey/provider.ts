// The energy service provider's part of the journey, one function each: its manager does over REST what the ESP's pages do (test/e2e/esp-page.test.ts
// plays those), its machine is the example client.

import { generateKeyPairSync } from 'node:crypto'
import { createPull } from '../../examples/esp-client/pull.ts'
import { createTokens } from '../../examples/esp-client/token.ts'
import type { ServiceText } from '../../shared/schema/catalogue.ts'
import type { World } from './world.ts'

export const ESP_NAME = 'Watt & Co'

/** Powers only, ten seconds a reading: what a peak watch needs, and no more. */
export const SERVICE: ServiceText = {
  name: { nl: 'Piekwacht', fr: 'Veille des pointes', de: 'Spitzenwacht', en: 'Peak watch' },
  summary: {
    nl: 'Zegt het u op uw telefoon wanneer u veel tegelijk afneemt, en wat uw maandpiek wordt.',
    fr: 'Vous prévient sur votre téléphone quand vous prélevez beaucoup à la fois, et de votre pointe du mois.',
    de: 'Sagt Ihnen am Telefon, wenn Sie viel auf einmal beziehen, und was Ihre Monatsspitze wird.',
    en: 'Tells you on your phone when you take much at once, and what your peak of the month becomes.',
  },
  category: 'energy-optimisation',
  kinds: ['threshold-exceeded', 'recurring-peaks'],
  channels: ['app', 'e-mail'],
  price: {
    currency: 'EUR',
    amountCents: 199,
    per: 'month',
    text: {
      nl: 'Per maand, op elk moment op te zeggen.',
      fr: 'Par mois, résiliable à tout moment.',
      de: 'Im Monat, jederzeit kündbar.',
      en: 'Monthly, to be ended at any time.',
    },
  },
  contact: { eMail: 'help@watt.example' },
  privacyPolicy: 'https://watt.example/privacy',
  need: {
    purpose: {
      nl: 'Pieken herkennen en u verwittigen.',
      fr: 'Reconnaître les pointes et vous prévenir.',
      de: 'Spitzen erkennen und Sie benachrichtigen.',
      en: 'Recognising peaks and telling you.',
    },
    fields: ['offtakeW', 'injectionW'],
    periodS: 10,
    aggregation: 'mean',
    historyS: 3600,
    everyS: 0,
    lifetimeS: 365 * 86_400,
  },
}

/** Eva has an account like everybody, and applies as an ESP. */
export async function applyAsEsp(world: World): Promise<void> {
  const { parts, people, overRest } = world
  world.eva = await people.arrive('Eva', 'en', false)
  await world.eva.makeAccount()
  overRest('the ESP applies (page: /esp/)')
  const profile = { name: ESP_NAME, companyNumber: '0123.456.789', country: 'BE', contact: SERVICE.contact }
  // a platform where not every account may apply lets this one for as long as that takes: applying brings its own role
  const roles = `/people/${await world.eva.accountId()}/roles`
  const toApply = { role: 'esp-manager', espId: 'applying' }
  await parts.ask('POST', roles, { ...toApply, isGiven: true })
  const { espId } = await world.eva.does('POST', '/esps', profile)
  await parts.ask('POST', roles, { ...toApply, isGiven: false })
  world.esp = { espId, key: {} }
}

/** A key pair of the ESP's machine: the public half goes to the platform. */
export async function addKey({ eva, overRest, esp }: World): Promise<void> {
  overRest('the ESP’s manager adds its machine’s key (page: /esp/#keys)')
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { kid } = await eva.does('POST', `/esps/${esp.espId}/keys`, publicKey.export({ format: 'jwk' }))
  esp.key = { espId: esp.espId, kid, jwk: privateKey.export({ format: 'jwk' }) }
}

/** Described and handed in; what the operator has to read is named by its digest. */
export async function describeService({ eva, overRest }: World): Promise<{ serviceId: string; digest: string }> {
  overRest('the ESP’s manager describes the service and hands it in (page: /esp/#services)')
  const { serviceId } = await eva.does('POST', '/esp/services', SERVICE)
  const { digest } = await eva.does('POST', `/esp/services/${serviceId}/submit`)
  return { serviceId, digest }
}

export async function publishService({ eva, overRest }: World, serviceId: string): Promise<void> {
  overRest('the ESP’s manager publishes the service (page: /esp/#services)')
  await eva.does('POST', `/esp/services/${serviceId}/publish`)
}

/** What the ESP's machine gets when it asks, with a token of its own. */
export function machineOf({ parts, esp }: World) {
  const settings = { server: parts.url, broker: parts.broker, key: esp.key as never, hookPort: undefined }
  return createPull(settings, createTokens(settings))
}

/** The ESP has read what it was told. */
export async function acknowledgeNotices({ parts, esp }: World): Promise<number> {
  const settings = { server: parts.url, broker: parts.broker, key: esp.key as never, hookPort: undefined }
  const token = await createTokens(settings)()
  const { items } = await parts.ask('GET', '/esp/notices', undefined, token)
  for (const { noticeId } of items) await parts.ask('POST', `/esp/notices/${noticeId}/acknowledge`, {}, token)
  return items.length
}
