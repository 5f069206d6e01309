// French words of the first steps.

import type { FirstStepsWords } from './words.ts'

export const fr: FirstStepsWords = {
  title: name => `Bienvenue, ${name}`,
  progress: (step, of) => `étape ${step} sur ${of}`,
  steps: {
    account: 'Votre compte',
    terms: 'Lire et accepter les conditions d’utilisation',
    dongle: 'Ajouter votre dongle',
    live: 'Voir votre électricité',
  },
  done: 'fait',
  yourAccount: accountId => `L’assistance demandera le numéro de votre compte : ${accountId}`,
  waiting: 'Cette page regarde toutes les cinq secondes. Inutile de la recharger.',
  toDongle: 'Tout sur votre dongle',
  leftTitle: 'Ce point de mesure n’est plus à vous',
  leftText: 'Plus rien n’est mesuré ni partagé en votre nom. Ce qui a été mesuré jusque-là reste à vous : emportez-le.',
  toData: 'Vos données',
  doneTitle: 'Tout est prêt.',
  doneText:
    'Voici votre électricité, telle que votre compteur la compte. Personne d’autre ne la voit, tant que vous ne dites pas oui à un service.',
  toServices: 'Voir les services',
  close: 'Fermer',
}
