// Français.

import type { DoctorWords } from './dictionary.ts'

export const fr: DoctorWords = {
  verdicts: {
    'no-dongle': {
      say: 'Aucun dongle n’est lié à ce point d’accès.',
      next: 'Scannez le code sur l’étiquette du dongle pour le lier.',
    },
    revoked: {
      say: 'Ce dongle est bloqué : il a été déclaré perdu ou mis hors service.',
      next: 'Demandez un autre dongle au support.',
    },
    mute: {
      say: 'Rien ne vient du dongle par ce câble.',
      next: 'Utilisez un câble de données et appuyez sur le bouton EN de la carte, puis redemandez.',
    },
    'no-identity': { say: 'Le dongle n’a pas d’identité.', next: 'Refaites-le avec nrt flash.' },
    'brown-out': {
      say: 'Le courant manque sans cesse peu après le démarrage du dongle.',
      next: 'Donnez-lui sa propre alimentation USB d’au moins 1 ampère.',
    },
    memory: {
      say: 'Le dongle manque de mémoire.',
      next: 'Mettez son logiciel à jour ; si cela revient, donnez au support le code memory.',
    },
    'program-error': {
      say: 'Le programme du dongle s’est arrêté sur une erreur et a redémarré.',
      next: 'Mettez son logiciel à jour ; si cela revient, donnez au support le code program-error.',
    },
    'p1-silent': {
      say: 'Le compteur n’envoie rien au dongle.',
      next: 'Enfoncez la fiche jusqu’au déclic et faites ouvrir le port client (P1) par votre gestionnaire de réseau.',
    },
    'p1-inverted': {
      say: 'Le signal du compteur arrive inversé.',
      next: 'Remplacez le dongle ou l’adaptateur par un modèle avec inverseur pour la ligne P1.',
    },
    'p1-encrypted': {
      say: 'Le compteur chiffre ce qu’il envoie.',
      next: 'Demandez la clé de votre compteur au gestionnaire de réseau et donnez-la au support.',
    },
    'p1-noise': {
      say: 'Ce qui arrive du compteur est illisible.',
      next: 'Vérifiez le câble du compteur : pas de rallonge, fiche bien enfoncée, aucun autre appareil sur le même fil.',
    },
    'p1-half': {
      say: 'Beaucoup de messages du compteur arrivent abîmés.',
      next: 'Enfoncez la fiche jusqu’au déclic et utilisez le câble court livré avec le dongle.',
    },
    'not-set-up': {
      say: 'Le dongle ne connaît encore aucun Wi-Fi.',
      next: 'Configurez-le : scannez son étiquette avec votre téléphone et suivez les étapes.',
    },
    'wifi-password': {
      say: 'Le Wi-Fi n’accepte pas le mot de passe.',
      next: 'Saisissez à nouveau le mot de passe du Wi-Fi, majuscules et minuscules comprises.',
    },
    'wifi-missing': {
      say: 'Le dongle ne trouve pas votre Wi-Fi.',
      next: 'Vérifiez que le routeur est allumé, émet en 2,4 GHz, et que le nom est écrit exactement ainsi.',
    },
    'wifi-weak': {
      say: 'Le Wi-Fi est trop faible là où se trouve le dongle.',
      next: 'Placez un répéteur Wi-Fi ou le routeur plus près du compteur.',
    },
    'wifi-refused': {
      say: 'Le routeur ne laisse pas entrer le dongle.',
      next: 'Redémarrez le routeur ; sinon, voyez s’il limite ou filtre les appareils.',
    },
    'no-internet': {
      say: 'Le Wi-Fi fonctionne mais n’atteint pas Internet.',
      next: 'Redémarrez le routeur et essayez une page web sur le même Wi-Fi.',
    },
    portal: {
      say: 'Le Wi-Fi demande une page de connexion, que le dongle ne peut pas remplir.',
      next: 'Utilisez un autre Wi-Fi, par exemple le vôtre au lieu d’un réseau invité.',
    },
    'not-accepted': {
      say: 'La plateforme n’accepte pas ce dongle.',
      next: 'Donnez au support le numéro de l’étiquette : il doit être enregistré.',
    },
    tls: {
      say: 'Le dongle ne peut pas établir de connexion sécurisée.',
      next: 'Donnez au support le code tls : ses réglages ne conviennent pas à ce modèle.',
    },
    'not-stored': {
      say: 'La plateforme reçoit les relevés mais ne les enregistre pas pour l’instant.',
      next: 'Attendez : le dongle garde tout et l’enverra plus tard.',
    },
    'gateway-away': {
      say: 'Le dongle a le Wi-Fi mais la plateforme ne répond pas.',
      next: 'Attendez un quart d’heure ; si d’autres se connectent, voyez si le pare-feu du routeur bloque le dongle.',
    },
    restless: {
      say: 'La connexion du dongle se coupe sans cesse.',
      next: 'Redémarrez le routeur, et rapprochez-le si cela ne suffit pas.',
    },
    'never-heard': {
      say: 'Le dongle ne s’est encore jamais annoncé.',
      next: 'Branchez-le et configurez son Wi-Fi avec le code de l’étiquette.',
    },
    'out-of-reach': {
      say: 'Le dongle est injoignable ; rien n’est perdu, il garde les relevés.',
      next: 'Regardez son voyant : éteint, pas de courant ; trois clignotements, pas de Wi-Fi ; deux, pas d’Internet.',
    },
    'ring-full': {
      say: 'La mémoire des relevés du dongle est presque pleine.',
      next: 'Laissez-le connecté : elle se vide d’elle-même en quelques heures.',
    },
    'on-trial': { say: 'Le dongle essaie un changement demandé.', next: 'Attendez dix minutes et redemandez.' },
    'change-returned': {
      say: 'Le dernier changement n’a pas marché ; le dongle est revenu à ce qui marchait.',
      next: 'Vérifiez les nouveaux réglages, d’abord le mot de passe du Wi-Fi, et redemandez le changement.',
    },
    'change-failed': {
      say: 'Le dongle n’a pas pu enregistrer le dernier changement.',
      next: 'Redemandez le changement ; après deux échecs, remplacez le dongle.',
    },
    'clock-wrong': {
      say: 'Tout va bien, seule l’horloge du compteur est fausse ; les relevés portent notre heure.',
      next: 'Signalez à votre gestionnaire de réseau que l’horloge du compteur est fausse.',
    },
    'not-bound': {
      say: 'Le dongle fonctionne mais n’est lié à aucun point d’accès.',
      next: 'Connectez-vous et saisissez le code de l’étiquette.',
    },
    connecting: { say: 'Le dongle se connecte.', next: 'Attendez deux minutes et redemandez.' },
    'all-well': { say: 'Tout va bien.', next: 'Il n’y a rien à faire.' },
  },
  happenings: {
    'boot-first': 'Premier démarrage (numéro {n})',
    'boot-power': 'Démarré après une coupure de courant (démarrage {n})',
    'boot-asked': 'Redémarré sur demande (démarrage {n})',
    'boot-error': 'Redémarré après une erreur du programme (démarrage {n})',
    'boot-memory': 'Redémarré faute de mémoire (démarrage {n})',
    'boot-network': 'Redémarré faute de réseau (démarrage {n})',
    'quick-restarts': 'Le courant a manqué {n} fois de suite peu après le démarrage',
    firmware: 'Version {word} en marche',
    p1: 'Ligne du compteur : {word}',
    'telegrams-bad': '{n} messages du compteur abîmés',
    cut: 'Connexion : {word} (code {n})',
    back: 'De retour après {n} minutes de silence',
    signal: 'Signal Wi-Fi {n} dBm',
    ring: 'Mémoire des relevés pleine à {n} %',
    lost: '{n} relevés perdus',
    error: 'Une erreur du programme',
    memory: 'Plus de mémoire',
    'no-identity': 'N’a pas d’identité',
    'session-open': 'Connecté à la plateforme',
    'session-closed': 'Déconnecté de la plateforme',
    'network-up': 'Connecté au Wi-Fi',
    'trial-ended': 'Un changement n’a pas marché et a été annulé',
    order: 'Demandé : {word}',
    state: 'Maintenant : {word}',
  },
  p1: {
    none: 'bonne',
    silence: 'muette',
    noise: 'parasites',
    inverted: 'inversée',
    slow: 'trop lente',
    parity: 'autre format',
    encrypted: 'chiffrée',
    half: 'messages coupés',
    crc: 'sommes de contrôle fausses',
    flood: 'trop de données',
    clock: 'l’horloge du compteur est fausse',
  },
  states: {
    flashed: 'fabriqué',
    registered: 'connu de la plateforme',
    claimed: 'réclamé',
    bound: 'lié à un point d’accès',
    suspended: 'en pause',
    transfer: 'en cours de transfert',
    lost: 'déclaré perdu',
    retired: 'hors service',
  },
  wishes: {
    interval: 'un autre intervalle',
    fields: 'les valeurs à envoyer',
    stop: 'cesser d’envoyer',
    resume: 'reprendre l’envoi',
    diagnose: 'un rapport',
    restart: 'un redémarrage',
    'rotate-key': 'une nouvelle clé',
    wipe: 'tout effacer',
    console: 'ouvrir la console',
    network: 'un autre réseau',
  },
  outcomes: {
    queued: 'en attente',
    sent: 'envoyé',
    begun: 'à l’essai',
    done: 'fait',
    refused: 'refusé',
    returned: 'n’a pas marché et a été annulé',
    failed: 'n’a pas pu être enregistré',
    expired: 'expiré',
  },
  causes: {
    'wifi-password': 'mot de passe refusé',
    'wifi-missing': 'Wi-Fi introuvable',
    'wifi-weak': 'signal faible',
    'wifi-refused': 'refusé par le routeur',
    'no-internet': 'pas d’Internet',
    portal: 'une page de connexion entre les deux',
    'gateway-away': 'la plateforme ne répond pas',
    'not-accepted': 'refusé par la plateforme',
    tls: 'pas de connexion sécurisée',
    'not-stored': 'la plateforme n’enregistre pas',
    restless: 'interrompue',
  },
}
