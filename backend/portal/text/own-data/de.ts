// German words of the page of one's data.

import type { DataWords } from './words.ts'

export const de: DataWords = {
  title: 'Ihre Daten',
  link: 'Daten',
  text: 'Alles, was gemessen wurde, während Sie einen Messpunkt hatten, gehört Ihnen: Nehmen Sie es mit, so oft Sie wollen, oder lassen Sie es löschen.',
  none: 'Von Ihnen ist hier nichts gespeichert.',
  holds: from => `Seit ${from}`,
  held: (from, to) => `${from} bis ${to}`,
  until: time => `Sie können es bis ${time} mitnehmen.`,
  takeOut: 'Mitnehmen',
  from: 'Von',
  to: 'Bis',
  resolution: 'Wie fein',
  resolutions: { '15m': 'Viertelstunden', '1m': 'Minuten', raw: 'Jeder Messwert' },
  asTable: 'Als Tabelle (CSV)',
  asJson: 'Als JSON',
  takingOut: count => `${count} Zeilen bisher…`,
  takenOut: 'Es ist auf Ihrem Gerät.',
  nothing: 'In diesen Tagen wurde nichts gemessen.',
  failed: 'Es kam keine Antwort. Versuchen Sie es noch einmal.',
  erase: 'Löschen',
  eraseAsk:
    'Alles löschen, was damals gemessen wurde? Der Schlüssel wird vernichtet: Niemand kann es hier mehr lesen. Es lässt sich nicht rückgängig machen.',
  eraseOpen: 'Sie teilen dann mit niemandem mehr und beginnen neu mit dem, was ab jetzt gemessen wird.',
  eraseYes: 'Ja, löschen',
  erased: 'Gelöscht.',
}
