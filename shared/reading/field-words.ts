// What each field of a reading is called in Dutch, French, German and English: for whoever says yes to it, and for whoever asks for it. A language or a field
// too few does not compile. For people only: no dongle has it.

import type { FieldName } from './fields.ts'

/** nl, fr, de, en. */
export const FIELD_WORDS: { [field in FieldName]: readonly [string, string, string, string] } = {
  offtakeT1Wh: [
    'afgenomen energie, teller T1',
    'énergie prélevée, compteur T1',
    'bezogene Energie, Zählwerk T1',
    'energy taken, register T1',
  ],
  offtakeT2Wh: [
    'afgenomen energie, teller T2',
    'énergie prélevée, compteur T2',
    'bezogene Energie, Zählwerk T2',
    'energy taken, register T2',
  ],
  injectionT1Wh: [
    'geïnjecteerde energie, teller T1',
    'énergie injectée, compteur T1',
    'eingespeiste Energie, Zählwerk T1',
    'energy injected, register T1',
  ],
  injectionT2Wh: [
    'geïnjecteerde energie, teller T2',
    'énergie injectée, compteur T2',
    'eingespeiste Energie, Zählwerk T2',
    'energy injected, register T2',
  ],
  offtakeW: ['afgenomen vermogen', 'puissance prélevée', 'bezogene Leistung', 'power taken'],
  injectionW: ['geïnjecteerd vermogen', 'puissance injectée', 'eingespeiste Leistung', 'power injected'],
  tariff: [
    'lopende teller (T1 of T2)',
    'compteur actif (T1 ou T2)',
    'laufendes Zählwerk (T1 oder T2)',
    'running register (T1 or T2)',
  ],
  offtakeWh: [
    'afgenomen energie, totaal',
    'énergie prélevée, total',
    'bezogene Energie, gesamt',
    'energy taken, total',
  ],
  injectionWh: [
    'geïnjecteerde energie, totaal',
    'énergie injectée, total',
    'eingespeiste Energie, gesamt',
    'energy injected, total',
  ],
  quarterAvgOfftakeW: [
    'kwartiergemiddelde van de afname',
    'moyenne quart-horaire du prélèvement',
    'Viertelstundenmittel des Bezugs',
    'quarter-hour average of what is taken',
  ],
  monthPeakOfftakeW: [
    'maandpiek van de afname',
    'pointe mensuelle du prélèvement',
    'Monatsspitze des Bezugs',
    'month peak of what is taken',
  ],
  monthPeakAtS: [
    'tijdstip van de maandpiek',
    'moment de la pointe mensuelle',
    'Zeitpunkt der Monatsspitze',
    'time of the month peak',
  ],
  gasDm3: ['gasmeterstand', 'index du gaz', 'Gaszählerstand', 'gas meter'],
  gasAtS: [
    'tijdstip van de gasmeterstand',
    'moment de l’index du gaz',
    'Zeitpunkt des Gaszählerstands',
    'time of the gas meter’s value',
  ],
  waterDm3: ['watermeterstand', 'index de l’eau', 'Wasserzählerstand', 'water meter'],
  waterAtS: [
    'tijdstip van de watermeterstand',
    'moment de l’index de l’eau',
    'Zeitpunkt des Wasserzählerstands',
    'time of the water meter’s value',
  ],
  heatMJ: ['warmtemeterstand', 'index de chaleur', 'Wärmezählerstand', 'heat meter'],
  heatAtS: [
    'tijdstip van de warmtemeterstand',
    'moment de l’index de chaleur',
    'Zeitpunkt des Wärmezählerstands',
    'time of the heat meter’s value',
  ],
  voltageL1dV: ['spanning, fase 1', 'tension, phase 1', 'Spannung, Phase 1', 'voltage, phase 1'],
  voltageL2dV: ['spanning, fase 2', 'tension, phase 2', 'Spannung, Phase 2', 'voltage, phase 2'],
  voltageL3dV: ['spanning, fase 3', 'tension, phase 3', 'Spannung, Phase 3', 'voltage, phase 3'],
  currentL1cA: ['stroom, fase 1', 'courant, phase 1', 'Strom, Phase 1', 'current, phase 1'],
  currentL2cA: ['stroom, fase 2', 'courant, phase 2', 'Strom, Phase 2', 'current, phase 2'],
  currentL3cA: ['stroom, fase 3', 'courant, phase 3', 'Strom, Phase 3', 'current, phase 3'],
  offtakeL1W: [
    'afgenomen vermogen, fase 1',
    'puissance prélevée, phase 1',
    'bezogene Leistung, Phase 1',
    'power taken, phase 1',
  ],
  offtakeL2W: [
    'afgenomen vermogen, fase 2',
    'puissance prélevée, phase 2',
    'bezogene Leistung, Phase 2',
    'power taken, phase 2',
  ],
  offtakeL3W: [
    'afgenomen vermogen, fase 3',
    'puissance prélevée, phase 3',
    'bezogene Leistung, Phase 3',
    'power taken, phase 3',
  ],
  injectionL1W: [
    'geïnjecteerd vermogen, fase 1',
    'puissance injectée, phase 1',
    'eingespeiste Leistung, Phase 1',
    'power injected, phase 1',
  ],
  injectionL2W: [
    'geïnjecteerd vermogen, fase 2',
    'puissance injectée, phase 2',
    'eingespeiste Leistung, Phase 2',
    'power injected, phase 2',
  ],
  injectionL3W: [
    'geïnjecteerd vermogen, fase 3',
    'puissance injectée, phase 3',
    'eingespeiste Leistung, Phase 3',
    'power injected, phase 3',
  ],
}
