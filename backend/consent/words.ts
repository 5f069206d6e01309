// The words of a consent statement in Dutch, French, German and English: what each field of a reading is called, lengths of time, and the sentences. A
// language or a field too few does not compile.

import type { FieldName } from '../../shared/reading/fields.ts'
import type { Aggregation, Language } from '../../shared/schema/data-need.ts'

/** nl, fr, de, en. */
type Four = readonly [string, string, string, string]
const AT: { [language in Language]: 0 | 1 | 2 | 3 } = { nl: 0, fr: 1, de: 2, en: 3 }

const FIELDS: { [field in FieldName]: Four } = {
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

export const LABELS = {
  who: ['Met wie', 'Avec qui', 'Mit wem', 'With whom'],
  service: ['Voor welke dienst', 'Pour quel service', 'Für welchen Dienst', 'For which service'],
  point: ['Van welk meetpunt', 'De quel point de mesure', 'Von welchem Messpunkt', 'Of which metering point'],
  what: ['Wat wordt gedeeld', 'Ce qui est partagé', 'Was geteilt wird', 'What is shared'],
  why: ['Waarvoor', 'Pourquoi', 'Wofür', 'What for'],
  rate: ['Hoe vaak', 'À quelle fréquence', 'Wie oft', 'How often'],
  history: ['Vanaf wanneer', 'À partir de quand', 'Ab wann', 'From when on'],
  lifetime: ['Hoe lang', 'Combien de temps', 'Wie lange', 'How long'],
  price: ['Prijs', 'Prix', 'Preis', 'Price'],
  privacy: ['Privacybeleid', 'Politique de confidentialité', 'Datenschutzerklärung', 'Privacy policy'],
  withdrawal: ['Intrekken', 'Révocation', 'Widerruf', 'Taking it back'],
  quality: ['Let op', 'À savoir', 'Hinweis', 'Note'],
} as const satisfies { [label: string]: Four }
export type Label = keyof typeof LABELS

const SENTENCES = {
  last: [
    'één waarde per {period}: de laatste',
    'une valeur par {period} : la dernière',
    'ein Wert je {period}: der letzte',
    'one value per {period}: the last',
  ],
  mean: [
    'één waarde per {period}: vermogens, spanningen en stromen als gemiddelde, tellers als laatste stand',
    'une valeur par {period} : puissances, tensions et courants en moyenne, index au dernier relevé',
    'ein Wert je {period}: Leistungen, Spannungen und Ströme als Mittel, Zählwerke als letzter Stand',
    'one value per {period}: powers, voltages and currents as the mean, registers as they were last',
  ],
  everyTime: [
    'doorgegeven zodra ze er zijn',
    'transmise dès qu’elle est disponible',
    'weitergegeben, sobald er da ist',
    'passed on as soon as it is there',
  ],
  every: [
    'doorgegeven om de {every}',
    'transmise toutes les {every}',
    'weitergegeben alle {every}',
    'passed on every {every}',
  ],
  historyNone: [
    'alleen metingen vanaf uw toestemming',
    'uniquement les mesures à partir de votre consentement',
    'nur Messungen ab Ihrer Zustimmung',
    'only what is measured from your consent on',
  ],
  historySome: [
    'ook metingen tot {history} vóór uw toestemming, nooit van voor u dit meetpunt had',
    'aussi les mesures jusqu’à {history} avant votre consentement, jamais celles d’avant que ce point soit le vôtre',
    'auch Messungen bis {history} vor Ihrer Zustimmung, nie aus der Zeit, bevor Sie diesen Messpunkt hatten',
    'also what was measured up to {history} before your consent, never from before the metering point was yours',
  ],
  lifetime: [
    'ten hoogste {lifetime}; daarna stopt het vanzelf. Het stopt ook als u het meetpunt niet meer hebt',
    'au plus {lifetime} ; ensuite cela s’arrête de soi-même. Cela s’arrête aussi si le point de mesure n’est plus le vôtre',
    'höchstens {lifetime}; danach endet es von selbst. Es endet auch, wenn Sie den Messpunkt nicht mehr haben',
    'at most {lifetime}; then it ends by itself. It also ends when the metering point is not yours any more',
  ],
  withdrawal: [
    'op elk moment met één klik onder “mijn toestemmingen”; het werkt onmiddellijk',
    'à tout moment d’un clic sous « mes autorisations » ; l’effet est immédiat',
    'jederzeit mit einem Klick unter „meine Freigaben“; es wirkt sofort',
    'at any time with one click under “my permissions”; it takes effect at once',
  ],
  quality: [
    'informatieve gegevens, niet gevalideerd; niet voor facturatie. Kwartierwaarden van de netbeheerder vallen hier niet onder',
    'données informatives, non validées ; pas pour la facturation. Les valeurs quart-horaires du gestionnaire de réseau ne sont pas concernées',
    'informative, nicht validierte Daten; nicht zur Abrechnung. Viertelstundenwerte des Netzbetreibers sind nicht gemeint',
    'informative data, not validated; not for billing. Quarter-hour values of the grid operator are not part of it',
  ],
  free: ['gratis', 'gratuit', 'kostenlos', 'free of charge'],
  once: ['{amount} eenmalig', '{amount} une fois', '{amount} einmalig', '{amount} once'],
  month: ['{amount} per maand', '{amount} par mois', '{amount} im Monat', '{amount} a month'],
  year: ['{amount} per jaar', '{amount} par an', '{amount} im Jahr', '{amount} a year'],
  use: ['{amount} per gebruik', '{amount} par utilisation', '{amount} je Nutzung', '{amount} per use'],
} as const satisfies { [sentence: string]: Four }
export type Sentence = keyof typeof SENTENCES

const UNITS: readonly { seconds: number; one: Four; many: Four }[] = [
  { seconds: 86_400, one: ['dag', 'jour', 'Tag', 'day'], many: ['dagen', 'jours', 'Tage', 'days'] },
  { seconds: 3600, one: ['uur', 'heure', 'Stunde', 'hour'], many: ['uur', 'heures', 'Stunden', 'hours'] },
  { seconds: 60, one: ['minuut', 'minute', 'Minute', 'minute'], many: ['minuten', 'minutes', 'Minuten', 'minutes'] },
  {
    seconds: 1,
    one: ['seconde', 'seconde', 'Sekunde', 'second'],
    many: ['seconden', 'secondes', 'Sekunden', 'seconds'],
  },
]

export const fieldIn = (language: Language, field: FieldName): string => FIELDS[field][AT[language]]
export const labelIn = (language: Language, label: Label): string => LABELS[label][AT[language]]
export const rateSentence = (aggregation: Aggregation): Sentence => aggregation

/** Puts facts into a sentence: `{name}` each. */
export function sentenceIn(language: Language, sentence: Sentence, facts: { [name: string]: string } = {}): string {
  return SENTENCES[sentence][AT[language]].replace(/\{(\w+)\}/g, (_whole, name: string) => facts[name] ?? '')
}

/** Exact: 90 s are 1 minute 30 seconds. */
export function lengthIn(language: Language, seconds: number): string {
  const parts: string[] = []
  let left = seconds
  for (const unit of UNITS) {
    const count = Math.floor(left / unit.seconds)
    left -= count * unit.seconds
    if (count > 0) parts.push(`${count} ${(count === 1 ? unit.one : unit.many)[AT[language]]}`)
  }
  return parts.join(' ')
}
