// German: why an update went no further.

import type { UpdateWords } from '../dictionary.ts'

export const updates: UpdateWords = {
  forged: 'abgelehnt: Der Auftrag kommt nicht vom Backend dieses Dongles',
  replayed: 'abgelehnt: Der Auftrag ist alt, ein neuerer wurde schon angenommen',
  malformed: 'abgelehnt: Das Manifest ist nicht lesbar',
  'other-board': 'abgelehnt: Das Release ist für ein anderes Board',
  'other-engine': 'abgelehnt: Das Release braucht eine andere Engine; flashen Sie den Dongle neu',
  'other-map': 'abgelehnt: Das Release ist für eine andere Aufteilung des Flash-Speichers',
  'too-large': 'abgelehnt: Das Programm ist länger als sein Platz',
  'below-floor': 'abgelehnt: Das Release ist älter, als dieser Dongle noch annimmt',
  'not-newer': 'abgelehnt: Der Dongle hat diese Version oder eine neuere',
  busy: 'abgelehnt: Ein anderes Update ist noch auf Probe',
  hash: 'gescheitert: Was ankam, ist abgeschnitten oder verändert',
  flash: 'gescheitert: Der Speicher hat es nicht angenommen',
  withdrawn: 'gescheitert: Das Update wurde beim Laden zurückgezogen',
  crashed: 'zurückgekehrt: Das neue Programm brach immer wieder ab',
  unhealthy: 'zurückgekehrt: Das neue Programm lief nicht rechtzeitig gut',
  damaged: 'einer der zwei Plätze im Flash-Speicher ist beschädigt; der andere läuft',
  'no-updater': 'kann nicht aus der Ferne aktualisiert werden; flashen Sie den Dongle neu',
  'too-many-failed': 'zu viele Dongles sind gescheitert; endgültig gestoppt',
  'too-many-silent': 'zu viele Dongles schweigen; sehen Sie nach, dann fortsetzen oder abbrechen',
  'same-person': 'abgelehnt: Es sind zwei Personen nötig',
}
