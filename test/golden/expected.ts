// What each golden telegram says, by hand (PROVENANCE.md). Wh, W, dV, cA, dm3, MJ, epoch seconds.

export interface Expected {
  checksum: 'ok' | 'absent'
  fields: object
  faults: string[]
  unknown?: number
}

export const EXPECTED: { [file: string]: Expected } = {
  'fluvius-3ph-gas-water-13peaks': {
    checksum: 'ok',
    fields: {
      version: '50217',
      meterSerial: '1TST0000000217',
      timeS: 1768498205, // 2026-01-15 18:30:05 +01:00
      offtakeT1Wh: 12345678,
      offtakeT2Wh: 9876543,
      injectionT1Wh: 4321001,
      injectionT2Wh: 1234999,
      tariff: 1,
      quarterAvgOfftakeW: 1234,
      monthPeakOfftakeW: 5678,
      monthPeakAtS: 1767806100, // 2026-01-07 18:15 +01:00
      monthPeaks: [
        { monthEndAtS: 1738364400, peakAtS: 1736701200, peakW: 4001 }, // 2025-02-01 and 2025-01-12 18:00 +01:00
        { monthEndAtS: 1740783600, peakAtS: 1738606500, peakW: 4002 },
        { monthEndAtS: 1743458400, peakAtS: 1742122800, peakW: 4003 },
        { monthEndAtS: 1746050400, peakAtS: 1745259300, peakW: 4004 },
        { monthEndAtS: 1748728800, peakAtS: 1746955800, peakW: 4005 },
        { monthEndAtS: 1751320800, peakAtS: 1751313600, peakW: 4006 },
        { monthEndAtS: 1753999200, peakAtS: 1752514200, peakW: 4007 },
        { monthEndAtS: 1756677600, peakAtS: 1754115300, peakW: 4008 },
        { monthEndAtS: 1759269600, peakAtS: 1757955600, peakW: 4009 },
        { monthEndAtS: 1761951600, peakAtS: 1761438600, peakW: 4010 }, // 2025-10-26 02:30, the first of the two: +02:00
        { monthEndAtS: 1764543600, peakAtS: 1764348300, peakW: 4011 },
        { monthEndAtS: 1767222000, peakAtS: 1766597400, peakW: 4012 },
        { monthEndAtS: 1769900400, peakAtS: 1767806100, peakW: 5678 },
      ],
      offtakeW: 3210,
      injectionW: 0,
      offtakeL1W: 1100,
      offtakeL2W: 1070,
      offtakeL3W: 1040,
      injectionL1W: 0,
      injectionL2W: 0,
      injectionL3W: 0,
      voltageL1dV: 2314,
      voltageL2dV: 2298,
      voltageL3dV: 2301,
      currentL1cA: 476,
      currentL2cA: 466,
      currentL3cA: 452,
      breaker: 1,
      gasDm3: 112384,
      gasAtS: 1768497900,
      waterDm3: 872234,
      waterAtS: 1768497991,
    },
    faults: [],
  },
  'fluvius-2-ean-230V': {
    checksum: 'ok',
    fields: {
      version: '50221',
      gridV: 230,
      meterSerial: '1TST0000000221',
      ean: '541440012345678900',
      timeS: 1782900000, // 2026-07-01 12:00:00 +02:00
      offtakeT1Wh: 34,
      offtakeT2Wh: 15758,
      injectionT1Wh: 0,
      injectionT2Wh: 11,
      tariff: 2,
      quarterAvgOfftakeW: 0,
      monthPeaks: [],
      offtakeW: 0,
      injectionW: 2500,
      offtakeL1W: 0,
      offtakeL2W: 0,
      offtakeL3W: 0,
      voltageL1dV: 2320,
      voltageL2dV: 0,
      voltageL3dV: 2330,
      currentL1cA: 630,
      currentL2cA: 0,
      currentL3cA: 627,
      breaker: 2,
      fuseOfftakecA: 4000,
      textMessage: 'Werken aan het net / 3 juli',
      gasDm3: 42001, // channel 2: channel 1 never answered
      gasAtS: 1782899700,
    },
    faults: [],
  },
  'sibelga-s210': {
    checksum: 'ok',
    fields: {
      meterSerial: '1TST0000000210',
      timeS: 1792888215, // 2026-10-25 02:30:15, the first of the two: +02:00
      tariff: 2,
      offtakeT1Wh: 3456789,
      offtakeT2Wh: 2345678,
      injectionT1Wh: 1000,
      injectionT2Wh: 999,
      offtakeW: 417,
      injectionW: 0,
      limitVA: 14950,
      fuseOfftakecA: 6500,
      fuseInjectioncA: 6500,
      breaker: 1,
    },
    faults: [],
  },
  'iskra-wallonia': {
    checksum: 'ok',
    fields: {
      version: '21110',
      meterSerial: '1TST0000000382',
      timeS: 1774746000, // 2026-03-29 03:00:00 +02:00, the first second of summer time
      offtakeT1Wh: 10181,
      offtakeT2Wh: 10182,
      offtakeT3Wh: 10183,
      injectionT1Wh: 10281,
      injectionT2Wh: 10282,
      tariff: 1,
      quarterAvgOfftakeW: 170,
      monthPeakOfftakeW: 8832,
      monthPeakAtS: 1768253400, // 2026-01-12 22:30 +01:00: no W printed, winter by the calendar
      offtakeW: 170,
      injectionW: 270,
      voltageL1dV: 1285,
      voltageL2dV: 1449,
      voltageL3dV: 1333,
      currentL1cA: 79, // 791 mA
      currentL2cA: 0,
      currentL3cA: 200,
      breaker: 1,
      fuseOfftakecA: 6300,
    },
    faults: [],
  },
  'dsmr-22-without-checksum': {
    checksum: 'absent',
    fields: {
      meterSerial: 'KTST0000000000022',
      offtakeT1Wh: 185000,
      offtakeT2Wh: 84001,
      injectionT1Wh: 13000,
      injectionT2Wh: 19999,
      tariff: 1,
      offtakeW: 980,
      injectionW: 0,
      limitcA: 1600,
      breaker: 1,
      textMessage: 'a / b',
      gasDm3: 124477,
      gasAtS: 1337212800, // 2012-05-17 02:00 +02:00: summer by the calendar
    },
    faults: ['telegram.crc-absent'],
  },
  'dsmr-5-heat': {
    checksum: 'ok',
    fields: {
      version: '50',
      timeS: 1767221999, // 2025-12-31 23:59:59 +01:00
      meterSerial: 'ETST0000000000050',
      offtakeT1Wh: 3432827,
      offtakeT2Wh: 3224632,
      injectionT1Wh: 0,
      injectionT2Wh: 0,
      tariff: 1,
      offtakeW: 378,
      injectionW: 0,
      powerFailures: 5,
      longPowerFailures: 3,
      voltageSagsL1: 1,
      voltageSwellsL1: 0,
      voltageL1dV: 2371,
      currentL1cA: 200,
      offtakeL1W: 378,
      injectionL1W: 0,
      heatMJ: 12345,
      heatAtS: 1767218400,
    },
    faults: [],
  },
  luxembourg: {
    checksum: 'ok',
    fields: {
      version: '42',
      timeS: 1594024917, // 2020-07-06 10:41:57 +02:00
      meterSerial: 'TST1030700000042',
      offtakeWh: 25653,
      injectionWh: 40,
      reactiveOfftakeVarh: 835,
      reactiveInjectionVarh: 63781,
      offtakeW: 5,
      injectionW: 0,
      reactiveOfftakeVar: 0,
      reactiveInjectionVar: 12,
      limitVA: 69000,
      apparentOfftakeVA: 21,
      apparentInjectionVA: 0,
      fuseOfftakecA: 10000,
      fuseInjectioncA: 6300,
      breaker: 1,
      powerFailures: 99,
      gasDm3: 6, // channel 1 answered after channel 4
      gasAtS: 1594024300,
    },
    faults: [],
  },
  'a1-business': {
    checksum: 'ok',
    fields: {
      version: '50217',
      meterSerial: '1TST0000000660',
      timeS: 1789020900, // 2026-09-10 08:15:00 +02:00
      offtakeWh: 123456780,
      injectionWh: 12300,
      reactiveQ1Varh: 100000,
      reactiveQ4Varh: 200500,
      quarterAvgOfftakeW: 900,
      monthPeakOfftakeW: 45600,
      monthPeakAtS: 1788336900,
      monthPeaks: [
        { monthEndAtS: 1785535200, peakAtS: 1784016900, peakW: 44100 },
        { monthEndAtS: 1788213600, peakAtS: 1786520700, peakW: 43900 },
      ],
      injectionMonthPeaks: [{ monthEndAtS: 1788213600, peakAtS: 1785753900, peakW: 2400 }],
      offtakeW: 36500,
      injectionW: 0,
      voltageL1dV: 2310,
      currentL1cA: 5280,
    },
    faults: [],
  },
  'austria-watt-hours': {
    checksum: 'ok',
    fields: {
      version: '50',
      timeS: 1665064214, // 2022-10-06 15:50:14 +02:00
      offtakeWh: 6545766,
      offtakeT1Wh: 5017120,
      offtakeT2Wh: 1528646,
      offtakeW: 286,
      injectionWh: 58,
      injectionT1Wh: 0,
      injectionT2Wh: 58,
      injectionW: 0,
      reactiveOfftakeT1Varh: 2,
      reactiveInjectionVar: 166,
    },
    faults: [],
  },
  oddities: {
    checksum: 'ok',
    fields: {
      version: '50217',
      meterSerial: '1'.repeat(28), // hex of no text: as it stands
      offtakeT1Wh: 123456, // no * before the unit
      injectionT2Wh: 2000, // no unit: the one of the specification
      offtakeW: 1999, // the first of two
      voltageL1dV: 2302, // 230.15 V, rounded half up
      monthPeaks: [], // the count alone
      gasDm3: 7000, // its capture time is 1970: absent
    },
    faults: [
      'telegram.bad-time', // 30 February
      'telegram.bad-number', // 000x23.456
      'telegram.bad-unit', // kW for kWh
      'telegram.bad-number', // tariff T1
      'telegram.duplicate',
      'telegram.bad-line',
    ],
    unknown: 1,
  },
}
