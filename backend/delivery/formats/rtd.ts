// A delivery as CIM near-real-time documents (RTD v1.12, in the JSON that EDDIE and AIIDA speak) and as single TimeSeries, which AIIDA's generic CIM data
// source takes. Units are fixed by a quantity's type: kWh, kW, V, A. What RTD has no type for (tariff registers, the capacity peak, gas, water) cannot be
// said in it and is left out; total energy is the sum of both tariff registers, marked CALCULATED.

import type { FieldName } from '../../../shared/reading/fields.ts'
import type { Delivered } from '../cut.ts'
import { type Delivery, FLAG } from '../delivery.ts'

type Quality = 'AS_PROVIDED' | 'CALCULATED'

interface Quantity {
  quantity: number
  /** Number in the CodeList of OBIS meanings, 0 … 35. */
  type: string
  quality: Quality
}

interface MRid {
  value: string
  codingScheme: string
}

export interface TimeSeries {
  version: '1.0'
  'dateAndOrTime.dateTime': string
  Quantity: Quantity[]
  AccountingPoint: { mRID: MRid }[]
  'registeredResource.mRID': { value: string; codingScheme: string }
}

interface Kind {
  type: string
  /** In the order of preference: the first that a reading has. Several fields of one are added up. */
  sources: readonly (readonly FieldName[])[]
  /** Our units in one of RTD's. */
  divisor: number
}

/** Types of the CodeList: 0, 1 total energy; 2, 3 power; 4 to 6 voltage, 7 to 9 current, 17 to 19 power taken, each per phase. */
const KINDS: readonly Kind[] = [
  { type: '0', sources: [['offtakeT1Wh', 'offtakeT2Wh'], ['offtakeWh']], divisor: 1000 },
  { type: '1', sources: [['injectionT1Wh', 'injectionT2Wh'], ['injectionWh']], divisor: 1000 },
  { type: '2', sources: [['offtakeW']], divisor: 1000 },
  { type: '3', sources: [['injectionW']], divisor: 1000 },
  { type: '4', sources: [['voltageL1dV']], divisor: 10 },
  { type: '5', sources: [['voltageL2dV']], divisor: 10 },
  { type: '6', sources: [['voltageL3dV']], divisor: 10 },
  { type: '7', sources: [['currentL1cA']], divisor: 100 },
  { type: '8', sources: [['currentL2cA']], divisor: 100 },
  { type: '9', sources: [['currentL3cA']], divisor: 100 },
  { type: '17', sources: [['offtakeL1W']], divisor: 1000 },
  { type: '18', sources: [['offtakeL2W']], divisor: 1000 },
  { type: '19', sources: [['offtakeL3W']], divisor: 1000 },
]

/** One document for all readings of the delivery; undefined when none of them has anything that RTD has a type for. `nowS`: when it is made. */
export function rtdOf(delivery: Delivery, nowS: number): object | undefined {
  const { key, permission } = delivery
  const { need } = permission
  const series = timeSeriesOf(delivery)
  if (series.length === 0) return undefined
  const createdDateTime = dateTimeOf(nowS)
  return {
    MessageDocumentHeader: {
      creationDateTime: createdDateTime,
      MetaInformation: {
        connectionId: permission.permissionId,
        requestPermissionId: permission.permissionId,
        dataNeedId: `${permission.serviceId}.${permission.version}`,
        documentType: 'near-real-time-market-document',
        // The one place that RTD has for words of one's own.
        defaultValues: `validation=${FLAG}; periodS=${need.periodS}; aggregation=${need.periodS === 1 ? 'none' : need.aggregation}`,
        regionConnector: 'nrt',
        regionCountry: COUNTRY,
        Asset: { type: 'CONNECTION-AGREEMENT-POINT' },
      },
    },
    MarketDocument: { mRID: key, createdDateTime, TimeSeries: series },
  }
}

/** One per reading that RTD can say something of. */
export function timeSeriesOf({ permission, rows }: Delivery): TimeSeries[] {
  const { need } = permission
  const point = pointOf(permission)
  return rows.flatMap(row => {
    const quantities = quantitiesOf(row, need.aggregation === 'mean' && need.periodS > 1)
    if (quantities.length === 0) return []
    return {
      version: '1.0',
      'dateAndOrTime.dateTime': dateTimeOf(row.lastS ?? row.timeS),
      Quantity: quantities,
      AccountingPoint: [{ mRID: point }],
      'registeredResource.mRID': { value: point.value, codingScheme: NATIONAL },
    }
  })
}

/** The platform serves metering points of one country; RTD wants it in coding schemes. */
const COUNTRY = 'BE'
const NATIONAL = `N${COUNTRY}` as const

/** By its EAN (A10: GS1) only where the data need asks for that; else by the permission, which leads nowhere outside. */
function pointOf({ ean, permissionId, need }: Delivery['permission']): MRid {
  return need.needsEan ? { value: ean, codingScheme: 'A10' } : { value: permissionId, codingScheme: NATIONAL }
}

function quantitiesOf(row: Delivered, isMean: boolean): Quantity[] {
  return KINDS.flatMap(({ type, sources, divisor }) => {
    const source = sources.find(fields => fields.every(field => row[field] !== undefined))
    if (source === undefined) return []
    const sum = source.reduce((all, field) => all + (row[field] as number), 0)
    const isRegister = type === '0' || type === '1'
    const isCalculated = source.length > 1 || (isMean && !isRegister)
    return { quantity: sum / divisor, type, quality: isCalculated ? 'CALCULATED' : 'AS_PROVIDED' }
  })
}

/** Whole seconds and Z, as the header's pattern wants it. */
function dateTimeOf(atS: number): string {
  return `${new Date(atS * 1000).toISOString().slice(0, 19)}Z`
}
