// The ESP's forms, answers and keys: what a form calls good the server's own rules take, and what it does not has a fault at the field that is wrong.

import { Compile } from 'typebox/compile'
import { describe, expect, test } from 'vitest'
import { checkText } from '../../../backend/catalogue/service-life.ts'
import { verdictOf } from '../../../backend/delivery/back-off.ts'
import { answerName, statusIn, whyDead } from '../../../backend/portal/esp/answers.ts'
import { publicKeyIn } from '../../../backend/portal/esp/key-pair.ts'
import { readProfile } from '../../../backend/portal/esp/profile-form.ts'
import { centsOf, inUnit, inUnits, LENGTH_UNITS, readService } from '../../../backend/portal/esp/service-form.ts'
import { togetherOf } from '../../../backend/portal/esp/services.ts'
import { ESP_WORDS } from '../../../backend/portal/esp/text/languages.ts'
import { FIELD_NAMES } from '../../../shared/reading/fields.ts'
import {
  EspProfileSchema,
  type Service,
  type ServiceText,
  ServiceTextSchema,
} from '../../../shared/schema/catalogue.ts'
import { LANGUAGES } from '../../../shared/schema/data-need.ts'
import { aServiceText } from '../../support/consent-world.ts'
import fc from '../../support/given-cases.ts'

const isText = Compile(ServiceTextSchema)
const isProfile = Compile(EspProfileSchema)

/** As the form shows it and FormData reads it. */
function typedOf(text: ServiceText): FormData {
  const form = new FormData()
  const four = (name: string, texts: ServiceText['name']) => {
    for (const language of LANGUAGES) form.set(`${name}.${language}`, texts[language])
  }
  const length = (name: string, seconds: number) => {
    const { count, unit } = inUnit(seconds)
    form.set(name, String(count))
    form.set(`${name}.unit`, unit)
  }
  const { need, price } = text
  four('name', text.name)
  four('summary', text.summary)
  four('price.text', price.text)
  four('need.purpose', need.purpose)
  form.set('category', text.category)
  for (const kind of text.kinds) form.append('kinds', kind)
  for (const channel of text.channels) form.append('channels', channel)
  for (const field of need.fields) form.append('need.fields', field)
  form.set('contact.eMail', text.contact.eMail)
  form.set('contact.url', text.contact.url ?? '')
  form.set('privacyPolicy', text.privacyPolicy ?? '')
  form.set('price.per', price.per)
  form.set('price.amount', price.per === 'free' ? '' : inUnits(price.amountCents))
  form.set('price.currency', price.currency)
  form.set('need.aggregation', need.aggregation)
  form.set('need.ean', need.needsEan ? 'yes' : 'no')
  length('need.period', need.periodS)
  length('need.every', need.everyS)
  length('need.history', need.historyS)
  length('need.lifetime', need.lifetimeS)
  return form
}

function faultsOf(change: { [name: string]: string | string[] }): [string, string][] {
  const form = typedOf(aServiceText())
  for (const [name, value] of Object.entries(change)) {
    form.delete(name)
    for (const one of [value].flat()) form.append(name, one)
  }
  const read = readService(form)
  return read.ok ? [] : [...read.faults]
}

describe('the form of a service', () => {
  test('gives back the text that it was filled with', () => {
    for (const text of [
      aServiceText(),
      aServiceText({ price: { ...aServiceText().price, per: 'free', amountCents: 0 }, privacyPolicy: undefined }),
    ]) {
      expect(readService(typedOf(text))).toEqual({ ok: true, value: JSON.parse(JSON.stringify(text)) })
    }
  })

  test.each([
    [{ 'name.fr': ' ' }, 'name.fr', 'missing'],
    [{ 'summary.de': 'x'.repeat(1001) }, 'summary.de', 'too-long'],
    [{ kinds: [] }, 'kinds', 'none-ticked'],
    [{ 'contact.eMail': 'nobody' }, 'contact.eMail', 'e-mail'],
    [{ privacyPolicy: 'http://watt.example' }, 'privacyPolicy', 'https'],
    [{ 'price.amount': '0' }, 'price.amount', 'amount'],
    [{ 'price.amount': '1.999' }, 'price.amount', 'amount'],
    [{ 'price.currency': 'EURO' }, 'price.currency', 'currency'],
    [{ 'need.fields': ['gasAtS'] }, 'need.fields', 'time-alone'],
    [{ 'need.period': '0' }, 'need.period', 'period'],
    [{ 'need.every': '15', 'need.every.unit': 'second' }, 'need.every', 'schedule'],
    [{ 'need.history': '-1' }, 'need.history', 'history'],
    [{ 'need.lifetime': '1', 'need.lifetime.unit': 'minute' }, 'need.lifetime', 'lifetime'],
  ] as [{ [name: string]: string | string[] }, string, string][])(
    'with %j says so at %s: %s',
    (change, field, fault) => {
      expect(faultsOf(change)).toEqual([[field, fault]])
    },
  )

  test('calls nothing good that the server would not take', () => {
    const word = fc.constantFrom(
      '',
      ' ',
      'x',
      '0',
      '1',
      '1,5',
      '90',
      '99999999',
      'day',
      'minute',
      'a@b.be',
      'https://a.be',
      'EUR',
    )
    const names = [...typedOf(aServiceText()).keys()].filter(
      name => !/^(category|need.aggregation|kinds|channels)$/.test(name),
    )
    const changes = fc.dictionary(
      fc.constantFrom(...names),
      fc.oneof(word, fc.string({ unit: 'grapheme', maxLength: 90 })),
    )
    const fields = fc.subarray([...FIELD_NAMES], { maxLength: 4 })
    fc.assert(
      fc.property(changes, fields, (change, chosen) => {
        const form = typedOf(aServiceText())
        for (const [name, value] of Object.entries(change)) form.set(name, value)
        form.delete('need.fields')
        for (const field of chosen) form.append('need.fields', field)
        const read = readService(form)
        if (!read.ok) return read.faults.size > 0
        return isText.Check(read.value) && checkText(read.value, true).ok
      }),
      { numRuns: 300, seed: 51 },
    )
  })
})

test('a profile is read as the server takes it, or with a fault for each field', () => {
  const form = new FormData()
  const faults = readProfile(form)
  expect(faults.ok ? [] : [...faults.faults.keys()]).toEqual(['name', 'companyNumber', 'country', 'contact.eMail'])
  for (const [name, value] of [
    ['name', ' Watt & Co '],
    ['companyNumber', '0123.456.789'],
    ['country', 'be'],
    ['contact.eMail', 'help@watt.example'],
  ] as const) {
    form.set(name, value)
  }
  const read = readProfile(form)
  expect(read.ok && read.value).toMatchObject({ name: 'Watt & Co', country: 'BE' })
  expect(isProfile.Check(read.ok && read.value)).toBe(true)
})

test('amounts and lengths come back as they were', () => {
  fc.assert(
    fc.property(fc.nat(99_999_999), cents => centsOf(inUnits(cents)) === cents),
    { seed: 51 },
  )
  fc.assert(
    fc.property(fc.nat(100_000_000), seconds => {
      const { count, unit } = inUnit(seconds)
      return Number.isInteger(count) && count * LENGTH_UNITS[unit] === seconds
    }),
    { seed: 51 },
  )
})

test('what an endpoint answered has words, and those of what never comes again are the sender’s own', () => {
  for (let status = 100; status < 600; status++) {
    const name = answerName(String(status))
    expect(ESP_WORDS.en.answers[name]).toBeTruthy()
    const verdict = verdictOf(status)
    expect([status, name === 'taken', name === 'never']).toEqual([status, verdict === 'taken', verdict === 'never'])
  }
  expect([answerName('late'), statusIn('late'), statusIn('503')]).toEqual(['late', undefined, '503'])
  expect(whyDead('answer-422')).toEqual({ isRefused: true, answer: '422' })
  expect(whyDead('endpoint-not-public')).toEqual({ isRefused: false, answer: 'not-public' })
})

test('a pasted key is read without more than the public half; a private one is told and kept back', () => {
  const [x, y] = ['x'.repeat(43), 'y'.repeat(43)]
  const jwk = { kty: 'EC', crv: 'P-256', x, y }
  expect(publicKeyIn(JSON.stringify({ ...jwk, use: 'sig', kid: 'one' }))).toEqual({ ...jwk, kid: 'one' })
  expect(publicKeyIn(JSON.stringify({ ...jwk, d: x }))).toBe('private')
  for (const none of ['', 'null', '[]', '{"kty":"RSA"}', JSON.stringify({ ...jwk, x: 'short' })]) {
    expect(publicKeyIn(none)).toBe('none')
  }
})

test('versions stand together by service: the newest, what is in the catalogue, and the rest', () => {
  const version = (serviceId: string, number: number, state: Service['state']) =>
    ({ serviceId, version: number, state }) as Service
  const [first, second, third] = [version('a', 1, 'withdrawn'), version('a', 2, 'published'), version('a', 3, 'draft')]
  const other = version('b', 1, 'draft')
  expect(togetherOf([first, second, third, other])).toEqual([
    { serviceId: 'b', newest: other, published: undefined, older: [] },
    { serviceId: 'a', newest: third, published: second, older: [first] },
  ])
})
