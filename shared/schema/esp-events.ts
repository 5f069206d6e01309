// What comes to an ESP by itself: messages of its MQTT stream and webhooks, as the AsyncAPI description (backend/api/asyncapi.ts) has them. The plain
// document is in delivery.ts, notices in permission.ts. Node rooms only.

import Type, { type TSchema } from 'typebox'

const closed = { additionalProperties: false } as const
const DateTime = Type.String({ format: 'date-time', description: 'UTC, whole seconds' })

/** CIM TimeSeries of RTD v1.12, as far as it says what a reading has; AIIDA’s CIM data source takes it alone. */
export const TimeSeriesSchema = Type.Object(
  {
    version: Type.Literal('1.0'),
    'dateAndOrTime.dateTime': DateTime,
    Quantity: Type.Array(
      Type.Object(
        {
          quantity: Type.Number({ description: 'in kWh, kW, V or A, as the type has it' }),
          type: Type.String({ pattern: '^([0-9]|1[0-9]|2[0-9]|3[0-5])$', description: 'RTD’s code of the quantity' }),
          quality: Type.Unsafe<'AS_PROVIDED' | 'CALCULATED'>(Type.String({ enum: ['AS_PROVIDED', 'CALCULATED'] })),
        },
        closed,
      ),
    ),
    AccountingPoint: Type.Array(
      Type.Object({ mRID: Type.Object({ value: Type.String(), codingScheme: Type.Literal('A10') }, closed) }, closed),
    ),
    'registeredResource.mRID': Type.Object({ value: Type.String(), codingScheme: Type.String() }, closed),
  },
  closed,
)

/** The CIM near-real-time document, RTD v1.12. */
export const RtdDocumentSchema = Type.Object(
  {
    MessageDocumentHeader: Type.Object(
      {
        creationDateTime: DateTime,
        MetaInformation: Type.Object(
          {
            connectionId: Type.String(),
            requestPermissionId: Type.String(),
            dataNeedId: Type.String({ description: 'the service and its version' }),
            documentType: Type.Literal('near-real-time-market-document'),
            defaultValues: Type.String({ description: 'validation, period and aggregation, in words of ours' }),
            regionConnector: Type.Literal('nrt'),
            regionCountry: Type.String({ pattern: '^[A-Z]{2}$' }),
            Asset: Type.Object({ type: Type.Literal('CONNECTION-AGREEMENT-POINT') }, closed),
          },
          closed,
        ),
      },
      closed,
    ),
    MarketDocument: Type.Object(
      { mRID: Type.String(), createdDateTime: DateTime, TimeSeries: Type.Array(TimeSeriesSchema, { minItems: 1 }) },
      closed,
    ),
  },
  closed,
)

export const WebhookTestDataSchema = Type.Object({ text: Type.String() }, closed)

/** A webhook’s body: CloudEvents 1.0 in structured mode. `types`: one of these words is its type. */
export function cloudEventOf<T extends TSchema>(types: readonly string[], data: T) {
  return Type.Object(
    {
      specversion: Type.Literal('1.0'),
      id: Type.String({ description: 'the same for the same content, however often it comes; also in webhook-id' }),
      type: Type.String({ enum: [...types] }),
      source: Type.String({ description: 'the permission, or the ESP' }),
      time: Type.String({ format: 'date-time' }),
      datacontenttype: Type.Literal('application/json'),
      data,
    },
    closed,
  )
}
