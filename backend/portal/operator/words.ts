// What support's page says itself; all else comes from the customer's words and from the server, because it is read to customers.

import type { Language } from '../text/languages.ts'

export interface OperatorWords {
  title: string
  keyField: string
  keyHelp: string
  idField: string
  idHelp: string
  look: string
  /** Where a dongle has no owner, and so no sentence of the customer's. */
  states: { registered: string; transfer: string; other: (state: string) => string }
  diagnosis: string
  cardOf: (id: string) => string
  problems: { mistyped: string; unknown: string; refused: string; throttled: string; unreachable: string }
}

export const OPERATOR: { [language in Language]: OperatorWords } = {
  nl: {
    title: 'Helpdesk: een dongle nakijken',
    keyField: 'Sleutel van de operator',
    keyHelp: 'Hij blijft in dit veld en wordt nergens bewaard.',
    idField: 'Nummer van de dongle',
    idHelp: 'De 13 tekens op het label. Streepjes en spaties mogen.',
    look: 'Nakijken',
    states: {
      registered: 'Niemand heeft deze dongle nog geclaimd.',
      transfer: 'Weggegeven. Wacht op de volgende eigenaar.',
      other: state => `Toestand: ${state}.`,
    },
    diagnosis: 'Diagnose',
    cardOf: id => `Dongle ${id}`,
    problems: {
      mistyped: 'Er zit een tikfout in het nummer. Vraag het nog eens, teken per teken.',
      unknown: 'Dit platform kent geen dongle met dit nummer.',
      refused: 'Deze sleutel is niet die van een operator.',
      throttled: 'Te veel verkeerde sleutels. Wacht een minuut.',
      unreachable: 'De server antwoordt niet. Probeer het nog eens.',
    },
  },
  fr: {
    title: 'Support : examiner un dongle',
    keyField: 'Clé de l’opérateur',
    keyHelp: 'Elle reste dans ce champ et n’est conservée nulle part.',
    idField: 'Numéro du dongle',
    idHelp: 'Les 13 caractères de l’étiquette. Tirets et espaces sont permis.',
    look: 'Examiner',
    states: {
      registered: 'Personne n’a encore ajouté ce dongle.',
      transfer: 'Donné. Il attend son prochain propriétaire.',
      other: state => `État : ${state}.`,
    },
    diagnosis: 'Diagnostic',
    cardOf: id => `Dongle ${id}`,
    problems: {
      mistyped: 'Il y a une faute de frappe dans le numéro. Redemandez-le, caractère par caractère.',
      unknown: 'Cette plateforme ne connaît aucun dongle avec ce numéro.',
      refused: 'Cette clé n’est pas celle d’un opérateur.',
      throttled: 'Trop de clés erronées. Attendez une minute.',
      unreachable: 'Le serveur ne répond pas. Réessayez.',
    },
  },
  de: {
    title: 'Support: einen Dongle ansehen',
    keyField: 'Schlüssel des Betreibers',
    keyHelp: 'Er bleibt in diesem Feld und wird nirgends gespeichert.',
    idField: 'Nummer des Dongles',
    idHelp: 'Die 13 Zeichen auf dem Etikett. Striche und Leerzeichen sind erlaubt.',
    look: 'Nachsehen',
    states: {
      registered: 'Niemand hat diesen Dongle bisher angemeldet.',
      transfer: 'Weitergegeben. Er wartet auf seinen nächsten Besitzer.',
      other: state => `Zustand: ${state}.`,
    },
    diagnosis: 'Diagnose',
    cardOf: id => `Dongle ${id}`,
    problems: {
      mistyped: 'In der Nummer ist ein Tippfehler. Fragen Sie noch einmal, Zeichen für Zeichen.',
      unknown: 'Diese Plattform kennt keinen Dongle mit dieser Nummer.',
      refused: 'Dieser Schlüssel ist nicht der eines Betreibers.',
      throttled: 'Zu viele falsche Schlüssel. Warten Sie eine Minute.',
      unreachable: 'Der Server antwortet nicht. Versuchen Sie es noch einmal.',
    },
  },
  en: {
    title: 'Support: look at a dongle',
    keyField: 'Operator’s key',
    keyHelp: 'It stays in this field and is kept nowhere.',
    idField: 'Number of the dongle',
    idHelp: 'The 13 characters on its label. Hyphens and spaces do no harm.',
    look: 'Look',
    states: {
      registered: 'Nobody has claimed this dongle yet.',
      transfer: 'Given away. It waits for its next owner.',
      other: state => `State: ${state}.`,
    },
    diagnosis: 'Diagnosis',
    cardOf: id => `Dongle ${id}`,
    problems: {
      mistyped: 'There is a typing error in the number. Ask for it again, character by character.',
      unknown: 'This platform knows no dongle with this number.',
      refused: 'This key is not an operator’s.',
      throttled: 'Too many wrong keys. Wait a minute.',
      unreachable: 'The server does not answer. Try again.',
    },
  },
}
