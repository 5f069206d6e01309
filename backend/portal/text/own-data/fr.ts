// French words of the page of one's data.

import type { DataWords } from './words.ts'

export const fr: DataWords = {
  title: 'Vos données',
  link: 'Données',
  text: 'Tout ce qui a été mesuré pendant que vous étiez titulaire d’un point de mesure est à vous : emportez-le aussi souvent que vous voulez, ou faites-le effacer.',
  none: 'Rien n’est conservé de vous ici.',
  holds: from => `Depuis le ${from}`,
  held: (from, to) => `Du ${from} au ${to}`,
  until: time => `Vous pouvez l’emporter jusqu’au ${time}.`,
  takeOut: 'Emporter',
  from: 'Du',
  to: 'Au',
  resolution: 'Finesse',
  resolutions: { '15m': 'Quarts d’heure', '1m': 'Minutes', raw: 'Chaque mesure' },
  asTable: 'En tableau (CSV)',
  asJson: 'En JSON',
  takingOut: count => `${count} lignes jusqu’ici…`,
  takenOut: 'C’est sur votre appareil.',
  nothing: 'Rien n’a été mesuré ces jours-là.',
  failed: 'Il n’y a pas eu de réponse. Réessayez.',
  erase: 'Effacer',
  eraseAsk:
    'Effacer tout ce qui a été mesuré alors ? Sa clé est détruite : plus personne ne peut le lire ici. C’est irréversible.',
  eraseOpen: 'Vous ne partagez alors plus avec personne, et recommencez avec ce qui est mesuré à partir de maintenant.',
  eraseYes: 'Oui, effacer',
  erased: 'Effacé.',
}
