// French: what is said and what to do next when the backend or a release file says no, or a question could not be asked.

import type { RefusalWords } from '../dictionary.ts'

const HELP = '{command} --help explique ce qui existe.'

export const refusals: RefusalWords = {
  'request.invalid': {
    what: 'La demande n’est pas valable',
    next: 'Corrigez ce que le serveur indique, puis recommencez.',
  },
  'range.invalid': { what: 'La période n’est pas valable', next: 'Donnez un début qui précède la fin.' },
  'column.unknown': {
    what: 'Il n’y a pas de colonne de ce nom',
    next: 'Comparez le nom avec la description de l’API.',
  },
  'cursor.invalid': { what: 'Le curseur n’est pas des nôtres', next: 'Recommencez sans curseur.' },
  'access.missing': {
    what: 'Il faut une clé d’accès',
    next: 'Vérifiez NRT_OPERATOR_KEY, ou demandez une nouvelle clé (npm run add-operator).',
  },
  'access.throttled': {
    what: 'Trop de clés d’accès erronées depuis cette adresse',
    next: 'Attendez une minute, puis recommencez avec la bonne clé.',
  },
  'role.missing': {
    what: 'Cette clé sert à autre chose',
    next: 'Utilisez une clé prévue pour cela : celle d’un opérateur vient de npm run add-operator.',
  },
  'sign-in.stale': {
    what: 'Il faut s’être connecté à l’instant',
    next: 'Connectez-vous de nouveau sur la page du portail, puis recommencez aussitôt.',
  },
  'sign-in.nowhere': {
    what: 'Personne ne peut se connecter sous ce nom',
    next: 'Réglez NRT_PUBLIC_URL sur l’adresse de ce serveur.',
  },
  'sign-in.cancelled': { what: 'La connexion a été abandonnée', next: 'Reconnectez-vous quand vous voulez.' },
  'sign-in.expired': { what: 'La connexion a pris trop de temps', next: 'Recommencez la connexion.' },
  'sign-in.failed': {
    what: 'La réponse du service d’identité ne convient pas',
    next: 'Recommencez la connexion ; si cela persiste, prévenez l’exploitant.',
  },
  'sign-in.unavailable': { what: 'Le service d’identité ne répond pas', next: 'Attendez, puis reconnectez-vous.' },
  'csrf.missing': { what: 'Cela ne vient pas de notre page', next: 'Rechargez la page et recommencez.' },
  'mandate.unknown': {
    what: 'Vous n’avez pas de mandat de ce genre',
    next: 'Demandez un nouveau code à qui l’a donné.',
  },
  'mandate.own': { what: 'C’est votre propre mandat', next: 'Donnez le code à l’autre personne.' },
  'mandate.too-many': { what: 'Trop de mandats sont ouverts', next: 'Mettez fin à l’un d’eux.' },
  'token.invalid': { what: 'Ce jeton n’est pas des nôtres', next: 'Demandez un nouveau jeton à /oauth/token.' },
  'token.expired': { what: 'Ce jeton a expiré', next: 'Demandez-en un nouveau à /oauth/token.' },
  'token.foreign': { what: 'Ce jeton est pour un autre serveur', next: 'Demandez-en un à /oauth/token de ce serveur.' },
  'assertion.invalid': {
    what: 'L’assertion ne prouve pas qui demande',
    next: 'Comparez kid, clé et claims avec ce que le gestionnaire de l’ESP a ajouté.',
  },
  'assertion.expired': {
    what: 'L’assertion a expiré',
    next: 'Faites-en une nouvelle par demande ; réglez l’horloge par NTP.',
  },
  'assertion.foreign': {
    what: 'L’assertion est pour un autre serveur',
    next: 'Mettez l’issuer ou le token endpoint de ce serveur dans aud.',
  },
  'assertion.replayed': {
    what: 'L’assertion a déjà servi',
    next: 'Faites-en une nouvelle, avec un nouveau jti, par demande.',
  },
  'grant.unsupported': {
    what: 'Cette voie vers un jeton n’est pas servie',
    next: 'Demandez avec grant_type=client_credentials.',
  },
  'esp-key.invalid': {
    what: 'Ce n’est pas une clé publique pour signer ici',
    next: 'Envoyez la moitié publique d’une clé P-256.',
  },
  'esp-key.known': { what: 'Cette clé, ou son id, existe déjà', next: 'Faites une nouvelle paire de clés.' },
  'esp-key.too-many': { what: 'Cet ESP a trop de clés', next: 'Révoquez-en une qui ne sert plus.' },
  'esp-key.unknown': {
    what: 'Vous ne gérez pas cet ESP ou cette clé',
    next: 'Demandez à un opérateur qui gère cet ESP.',
  },
  'certificate.missing': {
    what: 'Les serveurs de cet ESP présentent un certificat',
    next: 'Connectez-vous avec le certificat enregistré.',
  },
  'certificate.foreign': {
    what: 'C’est un autre certificat',
    next: 'Connectez-vous avec celui qui est enregistré, et demandez un nouveau jeton.',
  },
  'certificate.expired': {
    what: 'Ce certificat n’est pas valable maintenant',
    next: 'Enregistrez-en un nouveau et connectez-vous avec lui.',
  },
  'esp-certificate.invalid': {
    what: 'Ce n’est pas un certificat à présenter ici',
    next: 'Envoyez un seul certificat en PEM, sans sa clé, qui n’est pas expiré.',
  },
  'esp-certificate.known': {
    what: 'Ce certificat existe déjà',
    next: 'Faites-en un nouveau ; un certificat révoqué ne revient pas.',
  },
  'esp-certificate.too-many': { what: 'Cet ESP a trop de certificats', next: 'Révoquez-en un qui ne sert plus.' },
  'esp-certificate.unknown': {
    what: 'Vous ne gérez pas cet ESP ou ce certificat',
    next: 'Demandez à un opérateur qui gère cet ESP.',
  },
  'dongle.unknown': { what: 'Il n’y a pas de dongle avec ce numéro', next: 'Comparez le numéro avec l’étiquette.' },
  'dongle.other-key': {
    what: 'Un dongle avec ce numéro est connu avec une autre clé',
    next: 'Refaites le dongle avec nrt flash --new-identity.',
  },
  'dongle.wrong-state': {
    what: 'Ce n’est pas possible dans l’état de ce dongle',
    next: 'Regardez-le avec nrt dongle show.',
  },
  'metering-point.unknown': {
    what: 'Ce compte n’a pas ce point de mesure',
    next: 'Vérifiez le numéro et le compte.',
  },
  'dongle.busy': {
    what: 'Le dongle n’a pas fini l’ordre précédent',
    next: 'Attendez, ou regardez avec nrt dongle show.',
  },
  'release.unknown': {
    what: 'Il n’y a pas de release de cette version',
    next: 'nrt release list montre celles qui existent.',
  },
  'release.untrusted': {
    what: 'La release n’est pas signée comme il le faut',
    next: 'Faites-la signer par des personnes dont le serveur connaît la clé, puis remettez-la.',
  },
  'release.known': {
    what: 'Il y a une autre release de cette version',
    next: 'Faites la vôtre avec une version plus élevée.',
  },
  'action.unknown': { what: 'Ce dongle n’a pas cette action', next: 'Redemandez ses actions.' },
  'action.closed': { what: 'Cette action est terminée', next: 'Il n’y a rien à faire.' },
  'rollout.unknown': {
    what: 'Il n’y a pas de déploiement avec ce numéro',
    next: 'nrt rollout list montre ceux qui existent.',
  },
  'rollout.busy': { what: 'Un autre déploiement est en cours', next: 'Attendez sa fin, ou annulez-le d’abord.' },
  'rollout.empty': {
    what: 'Il n’y a pas de dongle pour cette release',
    next: 'Vérifiez que la carte et le moteur de la release sont ceux de vos dongles.',
  },
  'rollout.same-person': {
    what: 'Celui qui l’a proposé ne peut pas l’approuver',
    next: 'Il faut deux personnes : laissez quelqu’un d’autre approuver, avec sa propre clé.',
  },
  'rollout.wrong-state': {
    what: 'Ce n’est pas possible dans l’état de ce déploiement',
    next: 'nrt rollout status montre où il en est.',
  },
  'claim.malformed': {
    what: 'Le numéro ou le code contient une faute de frappe',
    next: 'Comparez avec l’étiquette.',
  },
  'claim.refused': {
    what: 'Ce code n’ouvre pas un tel dongle',
    next: 'Comparez le numéro et le code avec l’étiquette.',
  },
  'claim.throttled': { what: 'Trop de codes erronés', next: 'Attendez une minute et regardez encore l’étiquette.' },
  'account.unknown': { what: 'Il n’y a pas de tel compte', next: 'Vérifiez le numéro du compte.' },
  'account.locked': { what: 'Ce compte est bloqué', next: 'Demandez à l’opérateur pourquoi, et ce qui le rouvre.' },
  'account.own': { what: 'C’est votre propre compte', next: 'Demandez à un autre opérateur.' },
  'holder.taken': { what: 'Cette personne a déjà un autre compte', next: 'Utilisez cet autre compte.' },
  'register.elsewhere': {
    what: 'Le registre d’accès est tenu ailleurs',
    next: 'Modifiez la donnée là où il est tenu.',
  },
  'register.import-invalid': {
    what: 'Des données du registre d’accès sont fausses',
    next: 'Corrigez les lignes que le serveur indique ; rien n’a été repris.',
  },
  'route.unknown': {
    what: 'Il n’y a rien à cette adresse',
    next: 'Vérifiez NRT_URL ; le serveur a peut-être une autre version.',
  },
  'live.full': { what: 'Trop de connexions en direct sont ouvertes', next: 'Réessayez dans un instant.' },
  'store.unavailable': {
    what: 'Le stockage ne peut pas répondre maintenant',
    next: 'Réessayez dans un instant ; rien n’a été modifié.',
  },
  'internal.broken': {
    what: 'Quelque chose s’est mal passé chez nous',
    next: 'Réessayez ; si cela persiste, prévenez les auteurs.',
  },

  'release.malformed': {
    what: 'Ce n’est pas une release : le fichier est abîmé ou tronqué',
    next: 'Redemandez le fichier à celui qui l’a fait.',
  },
  'release.other-program': {
    what: 'Le programme n’est pas celui du manifeste',
    next: 'N’utilisez pas ce fichier. Redemandez-le à celui qui l’a fait.',
  },
  'release.signature-wrong': {
    what: 'La signature de la clé {keyId} n’est pas de ce manifeste',
    next: 'N’utilisez pas ce fichier : il est peut-être falsifié. Redemandez-le à celui qui l’a fait.',
  },
  'release.too-few-signatures': {
    what: '{signed} clés de confiance ont signé, il en faut {needed}',
    next: 'Faites signer une autre personne : nrt release sign.',
  },

  'letter.unknown': {
    what: 'Aucune dead letter de ce numéro n’attend',
    next: 'nrt replay list montre celles qui attendent.',
  },
  'backup.nowhere': {
    what: 'Le serveur n’a pas de dossier pour les sauvegardes',
    next: 'Définissez NRT_BACKUP_DIR pour le serveur, sur un autre disque que la base de données, et redémarrez-le.',
  },
  'backup.elsewhere': {
    what: 'Le serveur enregistre dans PostgreSQL, dont les propres outils font les sauvegardes',
    next: 'Utilisez pg_dump ou pg_basebackup ; voir docs/operating.md.',
  },
  'backup.exists': {
    what: 'Il y a déjà quelque chose de ce nom',
    next: 'Prenez un autre nom : une sauvegarde n’est jamais écrasée.',
  },
  'backup.failed': {
    what: 'La sauvegarde a échoué : {why}',
    next: 'Regardez le journal du serveur et son disque, puis faites-en une autre.',
  },
  'backup.broken': {
    what: 'Ce n’est pas une sauvegarde, ou pas une entière : {why}',
    next: 'Faites-en une autre ; gardez celle-ci à part jusque-là.',
  },
  'data.exists': {
    what: 'Il y a déjà une base de données dans {where}',
    next: 'Nommez un dossier vide avec --data-dir, ou mettez de côté ce qui s’y trouve avec --move-aside.',
  },
  'data.elsewhere': {
    what: 'NRT_DATABASE_URL est défini : ce serveur stocke dans PostgreSQL',
    next: 'Restaurez avec les outils de PostgreSQL ; pour un fichier SQLite, retirez ce réglage.',
  },
  'data.in-use': {
    what: 'Un serveur tourne sur {where}',
    next: 'Arrêtez-le d’abord ; on ne restaure jamais sous un serveur qui tourne.',
  },
  'operator.no-key': {
    what: 'NRT_OPERATOR_KEY n’est pas défini',
    next: 'Mettez-y votre propre clé (npm run add-operator).',
  },
  'backend.bad-address': {
    what: '{url} n’est pas une adresse où une clé peut être envoyée',
    next: 'Mettez dans NRT_URL https://… ; http seulement si le backend tourne sur cet ordinateur (http://127.0.0.1:8080).',
  },
  'backend.unreachable': {
    what: 'Le backend à {url} ne répond pas : {why}',
    next: 'Vérifiez NRT_URL et le réseau, puis recommencez.',
  },
  'file.unreadable': {
    what: 'Un fichier ne peut pas être lu ou écrit : {why}',
    next: 'Vérifiez son chemin et ses droits.',
  },
  'file.exists': { what: '{path} existe déjà et n’est pas écrasé', next: 'Nommez un autre fichier.' },
  'key.unguarded': {
    what: 'Une clé demande une phrase secrète',
    next: 'Donnez --passphrase-file ou NRT_RELEASE_PASSPHRASE ; --no-passphrase si la clé peut rester ouverte.',
  },
  'key.unopened': {
    what: '{path} n’est pas une clé Ed25519, ou la phrase secrète n’est pas la sienne',
    next: 'Vérifiez le fichier et la phrase secrète.',
  },
  'keys.unusable': {
    what: '{path} n’est pas une liste d’assez de clés distinctes ({why})',
    next: 'Elle contient les lignes des fichiers .pub, chaque clé une fois.',
  },
  'name.malformed': { what: '--name ne convient pas', next: 'Il a 1 à 32 caractères imprimables, sans espace.' },
  'number.malformed': {
    what: '{option} ne convient pas : "{text}"',
    next: 'C’est un nombre entier de 1 à 4294967295.',
  },
  'floor.high': {
    what: 'Une release n’est pas sous son propre plancher',
    next: 'Donnez un --floor qui ne dépasse pas la --version.',
  },
  'program.size': {
    what: '{path} a {bytes} octets, un programme en a 1 à {bytesMax}',
    next: 'Construisez-le : npm run build:firmware.',
  },
  'window.malformed': { what: '--window ne convient pas : "{text}"', next: 'Écrivez-le comme 01:00-05:00.' },
  'plan.malformed': {
    what: '--plan n’est pas du JSON : {why}',
    next: 'Écrivez-le ainsi : {"waves": [{"dongles": 2}, {"permille": 1000}]}.',
  },

  'usage.unknown-option': { what: 'Il n’y a pas d’option {name}', next: HELP },
  'usage.unknown-command': { what: 'Il n’y a pas de commande {name}', next: HELP },
  'usage.missing-argument': { what: 'Il manque {name}', next: HELP },
  'usage.missing-option': { what: 'L’option {name} est obligatoire', next: HELP },
  'usage.missing-value': { what: 'L’option {name} demande une valeur', next: HELP },
  'usage.wrong-value': { what: '{name} ne peut pas être {other}', next: HELP },
  'usage.conflict': { what: '{name} et {other} ne vont pas ensemble', next: HELP },
  'usage.too-many': { what: 'La ligne contient plus que ce que cette commande prend', next: HELP },
}
