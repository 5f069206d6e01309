// Examples of what comes to ESPs: one delivery in all its forms, a notice, a test. A test makes the deliveries anew with the code that makes the real ones.

const permissionId = 'perm_0000000000000001'
const ean = '541448000000000000'
const timeS = 1_795_677_830

const TIME = '2026-11-26T07:23:59Z'
const timeSeries = {
  version: '1.0',
  'dateAndOrTime.dateTime': TIME,
  Quantity: [
    { quantity: 1000.009, type: '0', quality: 'AS_PROVIDED' },
    { quantity: 0.391, type: '2', quality: 'CALCULATED' },
  ],
  AccountingPoint: [{ mRID: { value: ean, codingScheme: 'A10' } }],
  'registeredResource.mRID': { value: ean, codingScheme: 'NBE' },
}

export const EXAMPLE = {
  espId: 'esp_0000000000000001',
  document: {
    id: '-hqIEokK6IE89OS2c0OTHp',
    permissionId,
    serviceId: 'svc_0000000000000001',
    version: 1,
    ean,
    flag: 'informative, not validated',
    periodS: 10,
    aggregation: { offtakeW: 'mean', offtakeWh: 'last' },
    readings: [{ timeS, lastS: timeS + 9, count: 10, offtakeWh: 1_000_009, offtakeW: 391 }],
  },
  timeSeries,
  rtd: {
    MessageDocumentHeader: {
      creationDateTime: '2026-11-26T07:24:00Z',
      MetaInformation: {
        connectionId: permissionId,
        requestPermissionId: permissionId,
        dataNeedId: 'svc_0000000000000001.1',
        documentType: 'near-real-time-market-document',
        defaultValues: 'validation=informative, not validated; periodS=10; aggregation=mean',
        regionConnector: 'nrt',
        regionCountry: 'BE',
        Asset: { type: 'CONNECTION-AGREEMENT-POINT' },
      },
    },
    MarketDocument: {
      mRID: '-hqIEokK6IE89OS2c0OTHp',
      createdDateTime: '2026-11-26T07:24:00Z',
      TimeSeries: [timeSeries],
    },
  },
  notice: {
    noticeId: 'ntc_0000000000000001',
    permissionId,
    kind: 'granted',
    atMs: timeS * 1000,
    sentAtMs: null,
    acknowledgedAtMs: null,
  },
  test: { text: 'This is a test.' },
  envelope: {
    specversion: '1.0',
    id: '-hqIEokK6IE89OS2c0OTHp',
    source: `/permissions/${permissionId}`,
    time: '2026-11-26T07:24:00.000Z',
    datacontenttype: 'application/json',
  },
}
