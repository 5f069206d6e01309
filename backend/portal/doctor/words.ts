// What the doctor's card says itself. The sentences of a verdict come from the server in the page's language, so that the page loads one
// language of them and not four.

import type { Language } from '../text/languages.ts'

export interface DoctorCardWords {
  title: string
  next: string
  also: string
  /** The list's own name; `n` lines. */
  happenings: (n: string) => string
  again: string
  asking: string
  failed: string
  heard: (ago: string) => string
}

export const DOCTOR_CARD: { [language in Language]: DoctorCardWords } = {
  nl: {
    title: 'Mijn dongle',
    next: 'Wat u nu doet:',
    also: 'Verder gevonden',
    happenings: n => `Wat er gebeurde (${n})`,
    again: 'Opnieuw nakijken',
    asking: 'Wordt nagekeken…',
    failed: 'De dongle kon niet nagekeken worden. Probeer het later opnieuw.',
    heard: ago => `Laatste bericht van de dongle: ${ago}`,
  },
  fr: {
    title: 'Mon dongle',
    next: 'Ce que vous faites maintenant :',
    also: 'Trouvé aussi',
    happenings: n => `Ce qui s’est passé (${n})`,
    again: 'Vérifier à nouveau',
    asking: 'Vérification…',
    failed: 'Le dongle n’a pas pu être vérifié. Réessayez plus tard.',
    heard: ago => `Dernier message du dongle : ${ago}`,
  },
  de: {
    title: 'Mein Dongle',
    next: 'Was Sie jetzt tun:',
    also: 'Außerdem gefunden',
    happenings: n => `Was geschehen ist (${n})`,
    again: 'Noch einmal nachsehen',
    asking: 'Wird nachgesehen…',
    failed: 'Nach dem Dongle konnte nicht gesehen werden. Versuchen Sie es später noch einmal.',
    heard: ago => `Letzte Nachricht des Dongles: ${ago}`,
  },
  en: {
    title: 'My dongle',
    next: 'What to do now:',
    also: 'Also found',
    happenings: n => `What happened (${n})`,
    again: 'Check again',
    asking: 'Checking…',
    failed: 'The dongle could not be checked. Try again later.',
    heard: ago => `Last message of the dongle: ${ago}`,
  },
}
