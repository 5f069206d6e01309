// Deliveries in the forms that ESPs can have: golden documents worked out by hand, and, where the transcription of RTD v1.12's schema is at hand, checked
// against it.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Compile } from 'typebox/schema'
import { expect, test } from 'vitest'
import type { Delivered } from '../../../../backend/delivery/cut.ts'
import { deliveryOf } from '../../../../backend/delivery/delivery.ts'
import { documentsOf } from '../../../../backend/delivery/formats/formats.ts'
import { FIELD_NAMES } from '../../../../shared/reading/fields.ts'
import { DeliveryDocumentSchema } from '../../../../shared/schema/delivery.ts'
import { aNeed, granted, someScope } from '../../../support/permissions.ts'

const NOW_S = 1_772_359_211
const AT_S = 1_772_359_210
const everySecond = granted(
  someScope({ need: aNeed({ fields: [...FIELD_NAMES], periodS: 1, everyS: 0, needsEan: true }) }),
)
const ROW: Delivered = {
  timeS: AT_S,
  offtakeT1Wh: 1_000_567,
  offtakeT2Wh: 234_000,
  injectionT1Wh: 300_001,
  injectionT2Wh: 21_000,
  offtakeW: 412,
  injectionW: 0,
  tariff: 1,
  monthPeakOfftakeW: 4100,
  gasDm3: 12_345,
  voltageL1dV: 2343,
  currentL1cA: 218,
}
const delivery = deliveryOf(everySecond, [ROW])

test('plain JSON says what it is, under which permission, and that it is not validated', () => {
  const [document] = documentsOf('json', delivery, NOW_S)
  expect(document).toEqual({
    id: delivery.key,
    permissionId: 'perm_0000000000000000',
    serviceId: 'svc_0000000000000000',
    version: 1,
    ean: everySecond.ean,
    flag: 'informative, not validated',
    periodS: 1,
    readings: [ROW],
  })
  expect(Compile(DeliveryDocumentSchema).Errors(document)).toEqual([true, []])
})

test('plain JSON of periods says how each field of them was made', () => {
  const need = aNeed({ fields: ['offtakeT1Wh', 'offtakeW'], periodS: 10, everyS: 0 })
  const reduced = deliveryOf(granted(someScope({ need })), [
    { timeS: AT_S, lastS: AT_S + 9, count: 10, offtakeT1Wh: 5, offtakeW: 411 },
  ])
  expect(documentsOf('json', reduced, NOW_S)).toMatchObject([
    { periodS: 10, aggregation: { offtakeT1Wh: 'last', offtakeW: 'mean' } },
  ])
})

const TIME_SERIES = {
  version: '1.0',
  'dateAndOrTime.dateTime': '2026-03-01T10:00:10Z',
  Quantity: [
    { quantity: 1234.567, type: '0', quality: 'CALCULATED' },
    { quantity: 321.001, type: '1', quality: 'CALCULATED' },
    { quantity: 0.412, type: '2', quality: 'AS_PROVIDED' },
    { quantity: 0, type: '3', quality: 'AS_PROVIDED' },
    { quantity: 234.3, type: '4', quality: 'AS_PROVIDED' },
    { quantity: 2.18, type: '7', quality: 'AS_PROVIDED' },
  ],
  AccountingPoint: [{ mRID: { value: everySecond.ean, codingScheme: 'A10' } }],
  'registeredResource.mRID': { value: everySecond.ean, codingScheme: 'NBE' },
}

test('an RTD document has kWh, kW, V and A, the sum of both tariffs as calculated, and nothing that RTD has no type for', () => {
  expect(documentsOf('rtd', delivery, NOW_S)).toEqual([
    {
      MessageDocumentHeader: {
        creationDateTime: '2026-03-01T10:00:11Z',
        MetaInformation: {
          connectionId: 'perm_0000000000000000',
          requestPermissionId: 'perm_0000000000000000',
          dataNeedId: 'svc_0000000000000000.1',
          documentType: 'near-real-time-market-document',
          defaultValues: 'validation=informative, not validated; periodS=1; aggregation=none',
          regionConnector: 'nrt',
          regionCountry: 'BE',
          Asset: { type: 'CONNECTION-AGREEMENT-POINT' },
        },
      },
      MarketDocument: {
        mRID: delivery.key,
        createdDateTime: '2026-03-01T10:00:11Z',
        TimeSeries: [TIME_SERIES],
      },
    },
  ])
  expect(documentsOf('timeseries', delivery, NOW_S)).toEqual([TIME_SERIES])
})

test('a total register stands where a country has no tariff registers, and a mean is marked as calculated', () => {
  const need = aNeed({ fields: ['offtakeWh', 'offtakeW'], periodS: 60, everyS: 0, aggregation: 'mean' })
  const mean = deliveryOf(granted(someScope({ need })), [
    { timeS: AT_S, lastS: AT_S + 59, count: 60, offtakeWh: 7001, offtakeW: 12 },
  ])
  expect(documentsOf('timeseries', mean, NOW_S)).toMatchObject([
    {
      'dateAndOrTime.dateTime': '2026-03-01T10:01:09Z',
      Quantity: [
        { quantity: 7.001, type: '0', quality: 'AS_PROVIDED' },
        { quantity: 0.012, type: '2', quality: 'CALCULATED' },
      ],
    },
  ])
})

test('readings that RTD cannot say anything of make no document', () => {
  const gas = deliveryOf(everySecond, [{ timeS: AT_S, gasDm3: 5, monthPeakOfftakeW: 3 }])
  expect(documentsOf('rtd', gas, NOW_S)).toEqual([])
  expect(documentsOf('timeseries', gas, NOW_S)).toEqual([])
})

test('the same readings under the same permission have the same name, others another', () => {
  expect(deliveryOf(everySecond, [{ ...ROW }]).key).toBe(delivery.key)
  expect(deliveryOf(everySecond, [{ ...ROW, offtakeW: 413 }]).key).not.toBe(delivery.key)
  const other = granted(someScope({ permissionId: 'perm_1111111111111111' }))
  expect(deliveryOf(other, [ROW]).key).not.toBe(delivery.key)
})

// The transcription of the schema is not ours to copy here.
const folder = process.env.RTD_SCHEMAS ?? join(import.meta.dirname, '../../../../../shared/reference/rtd')
const schemaFile = [folder, join(import.meta.dirname, '../../../../../../shared/reference/rtd')]
  .map(one => join(one, 'rtd-v1.12.schema.json'))
  .find(existsSync)

test.skipIf(schemaFile === undefined)('RTD documents are valid by the transcribed schema of v1.12', () => {
  const schema = JSON.parse(readFileSync(schemaFile as string, 'utf8'))
  const rows = Array.from({ length: 60 }, (_, i) => ({ ...ROW, timeS: AT_S + i, offtakeW: i * 7 }))
  const whole = documentsOf('rtd', deliveryOf(everySecond, rows), NOW_S)
  expect(whole).toHaveLength(1)
  expect(Compile(schema).Errors(whole[0])).toEqual([true, []])
  const { items } = schema.properties.MarketDocument.properties.TimeSeries
  for (const series of documentsOf('timeseries', delivery, NOW_S)) {
    expect(Compile(items).Errors(series)).toEqual([true, []])
    expect(Compile(items).Check({ ...series, version: '2.0' })).toBe(false)
  }
})
