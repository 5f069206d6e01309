// What a page says of a problem, in French.

import type { ProblemWords } from './words.ts'

export const fr: ProblemWords = {
  'permission.exists': 'Vous partagez déjà avec ce service.',
  'permission.lapsed': 'Plus d’une heure est passée. Regardez encore une fois.',
  'permission.unknown': 'Ce n’est plus là.',
  'permission.wrong-state': 'Il y a déjà une réponse, ou c’est terminé.',
  'metering-point.unknown': 'Ce point de mesure n’est plus le vôtre.',
  'statement.other': 'Ce qui est partagé vient de changer. Lisez encore une fois.',
  'terms.not-accepted': 'Les conditions d’utilisation viennent d’abord.',
  'terms.other-version': 'Il y a une version plus récente des conditions. Lisez celle-là.',
  'once.missing': 'La page est périmée. Rechargez-la et recommencez.',
  'once.in-progress': 'La même demande est encore en cours. Attendez un instant et redemandez.',
  'once.other-request': 'Ceci a déjà été envoyé, pour autre chose. Rechargez la page et recommencez.',
  'notice.unknown': 'Ce message n’est plus là.',
  'tenure.unknown': 'C’est déjà effacé, ou ce n’est plus à vous.',
  'service.unknown': 'Le service n’est plus offert.',
  'service.wrong-state':
    'Impossible avec le service tel qu’il est. Regardez où il en est : brouillon, remis, relu, publié ou retiré.',
  'service.no-privacy-policy':
    'Il manque une politique de confidentialité. Indiquez l’adresse d’un texte que tout le monde peut lire.',
  'service.other-text': 'Le texte a changé pendant la lecture. Lisez-le encore une fois.',
  'service.text-invalid':
    'Quelque chose ne va pas ensemble dans la description. Regardez ce qui est nommé et corrigez-le.',
  'esp.unknown': 'Ce fournisseur n’existe pas.',
  'esp.exists': 'Vous gérez déjà un fournisseur. Un compte en gère un seul.',
  'esp.wrong-state': 'C’est déjà décidé. Rechargez la page.',
  'esp.not-admitted': 'Le fournisseur n’est pas (ou plus) admis. L’opérateur doit d’abord l’admettre.',
  'webhook.refused':
    'Impossible d’envoyer des messages à cette adresse. Donnez une adresse publique qui commence par https.',
  'webhook.unknown': 'Aucune adresse pour les messages n’est encore connue.',
  'webhook.throttled': 'Beaucoup d’essais ont déjà été envoyés. Attendez une minute, puis réessayez.',
  'delivery.unknown': 'Cette livraison n’attend plus.',
  'sign-in.stale': 'Ceci compte : connectez-vous d’abord à nouveau, pour montrer que c’est vous.',
  'role.missing': 'Vous pouvez regarder ici, pas décider.',
  'csrf.missing': 'Rechargez la page et recommencez.',
  'mandate.unknown': 'Ce code ou ce mandat n’est pas (ou plus) valable.',
  'mandate.own': 'C’est votre propre mandat : il est pour quelqu’un d’autre.',
  'mandate.too-many': 'Trop de mandats sont ouverts.',
  'access.throttled': 'Trop d’essais. Attendez une minute.',
  'access.missing': 'Vous êtes déconnecté. Connectez-vous à nouveau.',
  'store.unavailable': 'La plateforme ne peut rien conserver pour l’instant. Réessayez plus tard.',
  unreachable: 'Il n’y a pas eu de réponse. Réessayez.',
}
