// French: what happened and what to do next, for each way in which making a dongle can fail.

import type { TroubleWords } from '../dictionary.ts'

export const troubles: TroubleWords = {
  'config.unreadable': {
    what: '{path} n’est pas une configuration flash : {why}',
    next: 'Corrigez le fichier, ou nommez-en un autre avec --config.',
  },
  'regions.overlap': {
    what: 'Dans la configuration flash, {first} et {second} se chevauchent.',
    next: 'Corrigez les adresses dans flash.config.json ; rien n’a été écrit.',
  },
  'engine.missing': {
    what: 'Le fichier du moteur {path} ({what}) est illisible.',
    next: 'Mettez-y le moteur compilé (docs/installing.md, "The engine").',
  },
  'engine.unpinned': {
    what: 'Personne ne répond du fichier du moteur {path} : flash.config.json n’en a pas le sha256.',
    next: 'Si vous faites confiance à sa source : nrt flash --pin vérifie les fichiers et inscrit leurs empreintes.',
  },
  'engine.hash': {
    what: 'Le fichier du moteur {path} n’est pas celui de flash.config.json : son SHA-256 est {sha256}.',
    next: 'Reprenez le moteur là où il a été publié ; ne changez pas l’empreinte pour la faire correspondre.',
  },
  'engine.malformed': {
    what: 'Le fichier du moteur {path} est abîmé ou n’en est pas un : {why}.',
    next: 'Reprenez le moteur ; il a trois fichiers, chacun avec sa place dans flash.config.json.',
  },
  'engine.other-chip': {
    what: 'Le fichier du moteur {path} est pour la puce {chip}, pas pour {wanted}.',
    next: 'Prenez le moteur pour {wanted} ; rien n’a été écrit.',
  },
  'engine.version': {
    what: 'Le fichier du moteur {path} dit {found}, flash.config.json veut {wanted}.',
    next: 'Prenez la version voulue : flash.config.json dit pourquoi celle-là.',
  },
  'engine.layout': {
    what: 'La table des partitions {path} ne convient pas : {why}.',
    next: 'Prenez la table livrée avec le moteur (carte ESP32, 4 Mo) ; rien n’a été écrit.',
  },
  'bundle.missing': {
    what: 'Le programme {path} est illisible ou ne convient pas.',
    next: 'Construisez-le : npm run build:firmware.',
  },
  'networks.unreadable': {
    what: 'Le fichier des réseaux {path} est inutilisable : {why}',
    next: 'C’est du JSON : [{"ssid": "...", "password": "..."}], 4 réseaux au plus.',
  },
  'journal.unusable': {
    what: 'Le journal {path} est inutilisable : {why}',
    next: 'Nommez-en un autre avec --journal ; les cartes finies de ce plateau seront alors refaites.',
  },
  'key.missing': {
    what: 'Il n’y a pas de clé d’installateur : le dongle ne pourrait pas être enregistré.',
    next: 'Donnez NRT_INSTALLER_KEY ou --key-file (l’opérateur en fait une : npm run add-installer).',
  },
  'port.none': {
    what: 'Aucun port série n’a été trouvé.',
    next: 'Branchez la carte avec un câble qui transporte les données ; sous Linux, vous devez être dans le groupe dialout.',
  },
  'port.many': {
    what: 'Il y a plusieurs ports série : {ports}',
    next: 'Nommez-en un avec --port, ou tous avec --batch.',
  },
  'port.unknown': {
    what: 'Il n’y a pas de port {port}.',
    next: 'nrt flash --list montre les ports présents.',
  },
  'port.busy': {
    what: 'Le port {port} est utilisé par un autre programme.',
    next: 'Fermez le moniteur série (ou l’autre nrt) qui l’occupe, puis relancez la commande.',
  },
  'port.denied': {
    what: 'Le port {port} ne peut pas être ouvert : {why}',
    next: 'Sous Linux : sudo usermod -aG dialout $USER, puis reconnectez-vous.',
  },
  'port.lost': {
    what: 'Le câble a été retiré ou le port a disparu pendant {doing}.',
    next: 'Rebranchez et relancez la même commande : elle reprend à partir de ce qui est sur la puce.',
  },
  'chip.silent': {
    what: 'Aucun ESP32 ne répond sur {port}.',
    next: 'Tenez BOOT, appuyez brièvement sur EN, relâchez BOOT et relancez la commande. S’il ne répond toujours pas : un autre câble.',
  },
  'chip.stopped': {
    what: 'La puce s’est tue pendant {doing}.',
    next: 'Vérifiez que la carte est alimentée et que le câble tient, puis relancez la même commande.',
  },
  'chip.garbled': {
    what: 'Ce que la puce envoie à {baud} bauds est illisible.',
    next: 'Relancez la commande avec --baud 115200, ou avec un câble plus court.',
  },
  'chip.wrong': {
    what: 'La puce est {chip}, le programme est pour {wanted}.',
    next: 'Prenez une carte avec un {wanted} ; rien n’a été écrit.',
  },
  'chip.small': {
    what: 'La mémoire flash a {hasKB} ko, il en faut {needsKB}.',
    next: 'Prenez un module avec plus de mémoire flash ; rien n’a été écrit.',
  },
  'chip.other-dongle': {
    what: 'Le dongle sur le port n’est pas {id}.',
    next: 'Comparez le numéro avec l’étiquette du dongle branché ; rien n’a été modifié.',
  },
  'chip.foreign-identity': {
    what: 'La puce contient une identité que cette version ne sait pas lire.',
    next: 'Si le dongle ne sert plus, relancez la commande avec --new-identity.',
  },
  'flash.refused': {
    what: 'La puce a refusé pendant {doing} : {why}',
    next: 'Relancez la même commande ; si elle échoue au même endroit, le module est usé ou protégé en écriture.',
  },
  'flash.differs': {
    what: 'Ce qui a été relu ({part}) n’est pas ce qui a été écrit.',
    next: 'Relancez la même commande ; si elle échoue au même endroit, la mémoire flash est usée : prenez un autre module.',
  },
  'engine.absent': {
    what: 'Aucune console Espruino ne répond sur {port}.',
    next: 'Sans --app-only, le moteur est écrit aussi.',
  },
  'engine.locked': {
    what: 'Le dongle sur {port} a verrouillé sa console.',
    next: 'Ouvrez-la un moment avec l’ordre "console" (nrt dongle command), ou relancez sans --app-only.',
  },
  'engine.refused': {
    what: 'Le moteur n’a pas accepté ceci : {part}. {why}',
    next: 'Relancez la commande ; si elle échoue encore, relancez-la sans --app-only.',
  },
  'selftest.silent': {
    what: 'Le dongle est écrit mais ne démarre pas : sa console reste muette.',
    next: 'Appuyez sur EN ; s’il reste muet, mesurez l’alimentation (3,3 V, 500 mA) et relancez la commande.',
  },
  'selftest.failed': { what: 'L’autotest dit : {said}', next: '{advice}' },
  'backend.bad-address': {
    what: '{url} n’est pas une adresse où une clé peut être envoyée.',
    next: 'Donnez https://… ; http seulement si le backend tourne sur cet ordinateur (http://127.0.0.1:8080).',
  },
  'backend.unreachable': {
    what: 'Le backend à {url} ne répond pas : {why}',
    next: 'Vérifiez l’adresse et le réseau, puis relancez la même commande : le dongle garde son identité.',
  },
  'backend.refused': { what: 'Le backend a refusé : {detail} ({problem})', next: '{advice}' },
  'dongle.bad-id': {
    what: '{id} n’est pas un numéro de dongle : son caractère de contrôle est faux.',
    next: 'Comparez-le avec l’étiquette, caractère par caractère.',
  },
  'label.no-place': {
    what: 'Les étiquettes ne peuvent pas être écrites vers {path} : {why}',
    next: 'Nommez un autre dossier avec --labels ; rien n’a été changé.',
  },
  'label.unwritten': {
    what: 'L’étiquette n’a pas pu être écrite vers {path} : {why}',
    next: 'Faites de la place, vérifiez l’imprimante ou nommez un autre endroit avec --labels, puis lancez nrt label {id} : cela fait un nouveau code.',
  },
  'internal.broken': {
    what: 'Il s’est passé une chose que personne n’avait prévue : {why}',
    next: 'Relancez la commande ; si cela persiste, dites aux auteurs ce qui est écrit ici.',
  },
}
