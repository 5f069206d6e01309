// The energy service provider's part of the journey: its manager at the ESP's pages, its machine by the example client.

import { readFile } from 'node:fs/promises'
import { ESP_WORDS } from '../../backend/portal/esp/text/languages.ts'
import { createPull } from '../../examples/esp-client/pull.ts'
import { createTokens } from '../../examples/esp-client/token.ts'
import { FIELD_WORDS } from '../../shared/reading/field-words.ts'
import type { Person } from './people.ts'
import type { World } from './world.ts'

export const ESP_NAME = 'Watt & Co'
export const CONTACT = 'help@watt.example'
export const SERVICE_NAME = { nl: 'Piekwacht', fr: 'Veille des pointes', de: 'Spitzenwacht', en: 'Peak watch' }
export const SUMMARY = {
  nl: 'Zegt het u op uw telefoon wanneer u veel tegelijk afneemt, en wat uw maandpiek wordt.',
  fr: 'Vous prévient sur votre téléphone quand vous prélevez beaucoup à la fois, et de votre pointe du mois.',
  de: 'Sagt Ihnen am Telefon, wenn Sie viel auf einmal beziehen, und was Ihre Monatsspitze wird.',
  en: 'Tells you on your phone when you take much at once, and what your peak of the month becomes.',
}
const PRICE = {
  nl: 'Per maand, op elk moment op te zeggen.',
  fr: 'Par mois, résiliable à tout moment.',
  de: 'Im Monat, jederzeit kündbar.',
  en: 'Monthly, to be ended at any time.',
}
const PURPOSE = {
  nl: 'Pieken herkennen en u verwittigen.',
  fr: 'Reconnaître les pointes et vous prévenir.',
  de: 'Spitzen erkennen und Sie benachrichtigen.',
  en: 'Recognising peaks and telling you.',
}

const sayOf = ({ language }: Person) => ESP_WORDS[language]
const field = ({ page }: Person, name: string) => page.locator(`[name="${name}"]`)
const press = ({ page }: Person, name: string) => page.getByRole('button', { name, exact: true }).click()

/** Eva has an account like everybody, and applies as an ESP. */
export async function applyAsEsp(world: World): Promise<void> {
  const { people } = world
  world.eva = await people.arrive('Eva', 'de', { at: 'esp/' })
  const { eva } = world
  const say = sayOf(eva)
  await eva.makeAccount()
  await eva.sees(say.applyTitle)
  await field(eva, 'name').fill(ESP_NAME)
  await field(eva, 'companyNumber').fill('0123.456.789')
  await field(eva, 'contact.eMail').fill(CONTACT)
  await people.picture(eva, 'esp-applies')
  await press(eva, say.apply)
  await eva.sees(say.applied, '.told')
}

/** A key pair for the ESP's machine, made in the browser; its file is what the example client reads. */
export async function addKey(world: World): Promise<void> {
  const { eva, people } = world
  const say = sayOf(eva)
  await eva.page.reload()
  await eva.sees(say.states.admitted, '.verdict')
  await eva.go('keys')
  await eva.sees(say.keysNone)
  const [file] = await Promise.all([eva.page.waitForEvent('download'), press(eva, say.makeKey)])
  world.espKey = JSON.parse(await readFile(await file.path(), 'utf8'))
  await eva.sees(say.keyMade(world.espKey.kid), '.said')
  await people.picture(eva, 'esp-key')
}

/** Powers only, ten seconds a reading, and the EAN, because this ESP knows its customers by it (R76, 7). Described and handed in. */
export async function describeService({ eva, people }: World): Promise<void> {
  const say = sayOf(eva)
  await eva.go('services')
  await press(eva, say.newService)
  const four = { name: SERVICE_NAME, summary: SUMMARY, 'price.text': PRICE, 'need.purpose': PURPOSE }
  for (const [name, texts] of Object.entries(four)) {
    for (const [language, text] of Object.entries(texts)) await field(eva, `${name}.${language}`).fill(text)
  }
  const ticks = [say.kindNames['threshold-exceeded'], say.kindNames['recurring-peaks'], say.channelNames.app]
  const fields = [FIELD_WORDS.offtakeW, FIELD_WORDS.injectionW].map(words => words[2])
  for (const label of [...ticks, say.channelNames['e-mail'], ...fields]) {
    await eva.page.getByLabel(label, { exact: true }).check()
  }
  await field(eva, 'price.per').selectOption('month')
  await field(eva, 'need.ean').selectOption('yes')
  await field(eva, 'need.period.unit').selectOption('second')
  await field(eva, 'need.history.unit').selectOption('hour')
  const typed = { 'price.amount': '1,99', 'need.period': '10', 'need.history': '1' }
  for (const [name, text] of Object.entries(typed)) await field(eva, name).fill(text)
  await field(eva, 'privacyPolicy').fill('https://watt.example/privacy')
  await people.picture(eva, 'esp-describes')
  await press(eva, say.saveDraft)
  await eva.sees(say.draftSaved, '.told')
  await press(eva, `${say.submit}: ${SERVICE_NAME.de}`)
  await eva.sees(say.serviceStates.submitted, '.service')
}

export async function publishService({ eva, people }: World): Promise<void> {
  const say = sayOf(eva)
  await press(eva, `${say.publish}: ${SERVICE_NAME.de}`) // it is there once the page has heard of the review
  await eva.sees(say.published, '.told')
  await eva.sees(say.serviceStates.published, '.service')
  await people.picture(eva, 'esp-published')
}

/** Its first customer counts, and what it is delivered arrives. */
export async function seesCustomer({ eva, people }: World): Promise<void> {
  const say = sayOf(eva)
  await eva.go('counts')
  await eva.sees(/\b1 1\b/, 'tbody tr')
  await people.picture(eva, 'esp-counts')
  await eva.go('delivery')
  await eva.sees(say.answers.taken, '.facts')
  await people.picture(eva, 'esp-delivery')
}

/** What the ESP's machine gets when it asks, with a token of its own. */
export function machineOf({ parts, espKey }: World) {
  const settings = { server: parts.url, broker: parts.broker, key: espKey, tls: {}, hookPort: undefined }
  return createPull(settings, createTokens(settings))
}

/** The ESP has read what it was told. */
export async function acknowledgeNotices({ parts, espKey }: World): Promise<number> {
  const settings = { server: parts.url, broker: parts.broker, key: espKey, tls: {}, hookPort: undefined }
  const token = await createTokens(settings)()
  const { items } = await parts.ask('GET', '/esp/notices', undefined, token)
  for (const { noticeId } of items) await parts.ask('POST', `/esp/notices/${noticeId}/acknowledge`, {}, token)
  return items.length
}
