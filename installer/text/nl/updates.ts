// Dutch: why an update went no further.

import type { UpdateWords } from '../dictionary.ts'

export const updates: UpdateWords = {
  forged: 'geweigerd: de opdracht komt niet van de backend van deze dongle',
  replayed: 'geweigerd: de opdracht is oud, er werd al een nieuwere aangenomen',
  malformed: 'geweigerd: het manifest is niet leesbaar',
  'other-board': 'geweigerd: de release is voor een ander bord',
  'other-engine': 'geweigerd: de release vraagt een andere engine; flash de dongle opnieuw',
  'other-map': 'geweigerd: de release is voor een andere indeling van het flashgeheugen',
  'too-large': 'geweigerd: het programma is langer dan zijn plaats',
  'below-floor': 'geweigerd: de release is ouder dan deze dongle nog aanneemt',
  'not-newer': 'geweigerd: de dongle heeft deze versie of een nieuwere',
  busy: 'geweigerd: een andere update wordt nog uitgeprobeerd',
  hash: 'mislukt: wat aankwam is afgebroken of gewijzigd',
  flash: 'mislukt: het geheugen nam het niet aan',
  withdrawn: 'mislukt: de update werd teruggetrokken tijdens het laden',
  crashed: 'teruggekeerd: het nieuwe programma viel telkens stil',
  unhealthy: 'teruggekeerd: het nieuwe programma werkte niet op tijd goed',
  damaged: 'een van de twee plaatsen in het flashgeheugen is beschadigd; de andere draait',
  'no-updater': 'kan niet van op afstand bijgewerkt worden; flash de dongle opnieuw',
  'too-many-failed': 'te veel dongles mislukten; definitief gestopt',
  'too-many-silent': 'te veel dongles zwijgen; kijk ze na, en hervat of annuleer',
  'same-person': 'geweigerd: er zijn twee personen nodig',
}
