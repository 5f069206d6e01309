// The words of a consent statement in Dutch, French, German and English: lengths of time, and the sentences; fields of a reading are called as everywhere. A
// language too few does not compile.

import { FIELD_WORDS } from '../../shared/reading/field-words.ts'
import type { FieldName } from '../../shared/reading/fields.ts'
import type { Aggregation, Language } from '../../shared/schema/data-need.ts'

/** nl, fr, de, en. */
type Four = readonly [string, string, string, string]
const AT: { [language in Language]: 0 | 1 | 2 | 3 } = { nl: 0, fr: 1, de: 2, en: 3 }

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
  ean: [
    'de EAN-code van het meetpunt',
    'le code EAN du point de mesure',
    'der EAN-Code des Messpunkts',
    'the EAN of the metering point',
  ],
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

export const fieldIn = (language: Language, field: FieldName): string => FIELD_WORDS[field][AT[language]]
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
