// French: why an update went no further.

import type { UpdateWords } from '../dictionary.ts'

export const updates: UpdateWords = {
  forged: 'refusé : l’ordre ne vient pas du backend de ce dongle',
  replayed: 'refusé : l’ordre est ancien, un plus récent a déjà été pris',
  malformed: 'refusé : le manifeste est illisible',
  'other-board': 'refusé : la release est pour une autre carte',
  'other-engine': 'refusé : la release demande un autre moteur ; reflashez le dongle',
  'other-map': 'refusé : la release est pour une autre disposition de la mémoire flash',
  'too-large': 'refusé : le programme est plus long que sa place',
  'below-floor': 'refusé : la release est plus ancienne que ce que ce dongle accepte encore',
  'not-newer': 'refusé : le dongle a cette version ou une plus récente',
  busy: 'refusé : une autre mise à jour est encore à l’essai',
  hash: 'échoué : ce qui est arrivé est tronqué ou modifié',
  flash: 'échoué : la mémoire ne l’a pas accepté',
  withdrawn: 'échoué : la mise à jour a été retirée pendant le chargement',
  crashed: 'revenu en arrière : le nouveau programme s’est arrêté à répétition',
  unhealthy: 'revenu en arrière : le nouveau programme n’a pas bien fonctionné à temps',
  damaged: 'une des deux places de la mémoire flash est abîmée ; l’autre fonctionne',
  'no-updater': 'ne peut pas être mis à jour à distance ; reflashez le dongle',
  'too-many-failed': 'trop de dongles ont échoué ; arrêté définitivement',
  'too-many-silent': 'trop de dongles se taisent ; examinez-les, puis reprenez ou annulez',
  'same-person': 'refusé : il faut deux personnes',
}
