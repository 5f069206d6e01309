// German words of the first steps.

import type { FirstStepsWords } from './words.ts'

export const de: FirstStepsWords = {
  title: name => `Willkommen, ${name}`,
  progress: (step, of) => `Schritt ${step} von ${of}`,
  steps: {
    account: 'Ihr Konto',
    terms: 'Die Nutzungsbedingungen lesen und annehmen',
    dongle: 'Ihren Dongle hinzufügen',
    live: 'Ihren Strom sehen',
  },
  done: 'erledigt',
  yourAccount: accountId => `Die Hilfe fragt nach der Nummer Ihres Kontos: ${accountId}`,
  waiting: 'Diese Seite sieht alle fünf Sekunden nach. Sie müssen sie nicht neu laden.',
  toDongle: 'Alles über Ihren Dongle',
  leftTitle: 'Dieser Messpunkt gehört nicht mehr Ihnen',
  leftText:
    'In Ihrem Namen wird nichts mehr gemessen oder geteilt. Was bis dahin gemessen wurde, bleibt Ihres: Nehmen Sie es mit.',
  toData: 'Ihre Daten',
  doneTitle: 'Alles ist fertig.',
  doneText: 'Das ist Ihr Strom, wie Ihr Zähler ihn zählt. Niemand sonst sieht ihn, bis Sie zu einem Dienst Ja sagen.',
  toServices: 'Dienste ansehen',
  close: 'Schließen',
}
