// German: what happened and what to do next, for each way in which making a dongle can fail.

import type { TroubleWords } from '../dictionary.ts'

export const troubles: TroubleWords = {
  'config.unreadable': {
    what: '{path} ist keine Flash-Konfiguration: {why}',
    next: 'Berichtigen Sie die Datei, oder nennen Sie eine andere mit --config.',
  },
  'regions.overlap': {
    what: 'In der Flash-Konfiguration überschneiden sich {first} und {second}.',
    next: 'Berichtigen Sie die Adressen in flash.config.json; es wurde nichts geschrieben.',
  },
  'engine.missing': {
    what: 'Die Engine-Datei {path} ({what}) lässt sich nicht lesen.',
    next: 'Legen Sie den Build der Engine dorthin (docs/installing.md, "The engine").',
  },
  'engine.unpinned': {
    what: 'Niemand steht für die Engine-Datei {path} ein: flash.config.json hat kein sha256 für sie.',
    next: 'Trauen Sie der Quelle: nrt flash --pin prüft die Dateien und trägt ihre Hashes ein.',
  },
  'engine.hash': {
    what: 'Die Engine-Datei {path} ist nicht die von flash.config.json: Ihr SHA-256 ist {sha256}.',
    next: 'Holen Sie den Build noch einmal von dort, wo er veröffentlicht wurde; ändern Sie nicht den Hash, damit es passt.',
  },
  'engine.malformed': {
    what: 'Die Engine-Datei {path} ist beschädigt oder keine: {why}.',
    next: 'Holen Sie den Build noch einmal; es sind drei Dateien, jede hat ihren Platz in flash.config.json.',
  },
  'engine.other-chip': {
    what: 'Die Engine-Datei {path} ist für den Chip {chip}, nicht für {wanted}.',
    next: 'Holen Sie den Build für {wanted}; es wurde nichts geschrieben.',
  },
  'engine.version': {
    what: 'Die Engine-Datei {path} sagt {found}, flash.config.json will {wanted}.',
    next: 'Holen Sie die verlangte Version: flash.config.json sagt, warum diese.',
  },
  'engine.layout': {
    what: 'Die Partitionstabelle {path} passt nicht: {why}.',
    next: 'Nehmen Sie die Tabelle aus demselben Build wie die Engine (Board ESP32, 4 MB); es wurde nichts geschrieben.',
  },
  'bundle.missing': {
    what: 'Das Programm {path} lässt sich nicht lesen oder passt nicht.',
    next: 'Bauen Sie es: npm run build:firmware.',
  },
  'networks.unreadable': {
    what: 'Die Datei der Netze {path} ist nicht brauchbar: {why}',
    next: 'Sie ist JSON: [{"ssid": "...", "password": "..."}], höchstens 4 Netze.',
  },
  'journal.unusable': {
    what: 'Das Protokoll {path} ist nicht brauchbar: {why}',
    next: 'Nennen Sie ein anderes mit --journal; fertige Boards dieses Trays werden dann noch einmal gemacht.',
  },
  'key.missing': {
    what: 'Es gibt keinen Installateurschlüssel; der Dongle könnte nicht registriert werden.',
    next: 'Setzen Sie NRT_INSTALLER_KEY oder --key-file (der Betreiber macht einen: npm run add-installer).',
  },
  'port.none': {
    what: 'Es wurde kein serieller Anschluss gefunden.',
    next: 'Schließen Sie das Board mit einem Kabel an, das auch Daten trägt; unter Linux müssen Sie in der Gruppe dialout sein.',
  },
  'port.many': {
    what: 'Es gibt mehrere serielle Anschlüsse: {ports}',
    next: 'Nennen Sie einen mit --port, oder alle mit --batch.',
  },
  'port.unknown': {
    what: 'Den Anschluss {port} gibt es nicht.',
    next: 'nrt flash --list zeigt die vorhandenen Anschlüsse.',
  },
  'port.busy': {
    what: 'Der Anschluss {port} wird von einem anderen Programm benutzt.',
    next: 'Schließen Sie den seriellen Monitor (oder das andere nrt), der ihn belegt, und starten Sie den Befehl noch einmal.',
  },
  'port.denied': {
    what: 'Der Anschluss {port} darf nicht geöffnet werden: {why}',
    next: 'Unter Linux: sudo usermod -aG dialout $USER, dann neu anmelden.',
  },
  'port.lost': {
    what: 'Das Kabel wurde gezogen oder der Anschluss verschwand beim {doing}.',
    next: 'Stecken Sie es wieder ein und starten Sie denselben Befehl: Er macht bei dem weiter, was auf dem Chip ist.',
  },
  'chip.silent': {
    what: 'Auf {port} antwortet kein ESP32.',
    next: 'BOOT halten, EN drücken und loslassen, BOOT loslassen und den Befehl noch einmal starten. Bleibt er stumm: ein anderes Kabel.',
  },
  'chip.stopped': {
    what: 'Der Chip verstummte beim {doing}.',
    next: 'Prüfen Sie, ob das Board Strom hat und das Kabel sitzt, und starten Sie denselben Befehl noch einmal.',
  },
  'chip.garbled': {
    what: 'Was der Chip bei {baud} Baud sendet, ist nicht lesbar.',
    next: 'Starten Sie den Befehl noch einmal mit --baud 115200, oder mit einem kürzeren Kabel.',
  },
  'chip.wrong': {
    what: 'Der Chip ist {chip}, das Programm ist für {wanted}.',
    next: 'Nehmen Sie ein Board mit einem {wanted}; es wurde nichts geschrieben.',
  },
  'chip.small': {
    what: 'Der Flash-Speicher hat {hasKB} kB, nötig sind {needsKB} kB.',
    next: 'Nehmen Sie ein Modul mit mehr Flash-Speicher; es wurde nichts geschrieben.',
  },
  'chip.other-dongle': {
    what: 'Der Dongle am Anschluss ist nicht {id}.',
    next: 'Vergleichen Sie die Nummer mit dem Etikett des Dongles am Kabel; es wurde nichts geändert.',
  },
  'chip.foreign-identity': {
    what: 'Auf dem Chip ist eine Identität, die diese Version nicht lesen kann.',
    next: 'Ist der Dongle nicht mehr in Gebrauch, starten Sie den Befehl noch einmal mit --new-identity.',
  },
  'flash.refused': {
    what: 'Der Chip weigerte sich beim {doing}: {why}',
    next: 'Starten Sie denselben Befehl noch einmal; scheitert er an derselben Stelle, ist das Modul verschlissen oder schreibgeschützt.',
  },
  'flash.differs': {
    what: 'Was zurückgelesen wurde ({part}), ist nicht das, was geschrieben wurde.',
    next: 'Starten Sie denselben Befehl noch einmal; scheitert er an derselben Stelle, ist der Flash-Speicher verschlissen: Nehmen Sie ein anderes Modul.',
  },
  'engine.absent': {
    what: 'Auf {port} antwortet keine Espruino-Konsole.',
    next: 'Ohne --app-only wird auch die Engine geschrieben.',
  },
  'engine.locked': {
    what: 'Der Dongle auf {port} hat seine Konsole gesperrt.',
    next: 'Öffnen Sie sie für eine Weile mit dem Auftrag "console" (nrt dongle command), oder starten Sie den Befehl ohne --app-only.',
  },
  'engine.refused': {
    what: 'Die Engine hat das nicht angenommen: {part}. {why}',
    next: 'Starten Sie den Befehl noch einmal; scheitert er wieder, dann ohne --app-only.',
  },
  'selftest.silent': {
    what: 'Der Dongle ist geschrieben, startet aber nicht: Seine Konsole bleibt stumm.',
    next: 'Drücken Sie EN; bleibt er stumm, messen Sie die Versorgung (3,3 V, 500 mA) und starten Sie den Befehl noch einmal.',
  },
  'selftest.failed': { what: 'Der Selbsttest sagt: {said}', next: '{advice}' },
  'backend.bad-address': {
    what: '{url} ist keine Adresse, an die ein Schlüssel gehen darf.',
    next: 'Geben Sie https://… an; http nur, wenn das Backend auf diesem Rechner läuft (http://127.0.0.1:8080).',
  },
  'backend.unreachable': {
    what: 'Das Backend unter {url} antwortet nicht: {why}',
    next: 'Prüfen Sie die Adresse und das Netz, dann starten Sie denselben Befehl noch einmal: Der Dongle behält seine Identität.',
  },
  'backend.refused': { what: 'Das Backend hat abgelehnt: {detail} ({problem})', next: '{advice}' },
  'dongle.bad-id': {
    what: '{id} ist keine Nummer eines Dongles: Ihr Prüfzeichen ist falsch.',
    next: 'Vergleichen Sie sie mit dem Etikett, Zeichen für Zeichen.',
  },
  'label.no-place': {
    what: 'Etiketten lassen sich nicht nach {path} schreiben: {why}',
    next: 'Nennen Sie einen anderen Ordner mit --labels; es wurde nichts geändert.',
  },
  'label.unwritten': {
    what: 'Das Etikett ließ sich nicht nach {path} schreiben: {why}',
    next: 'Schaffen Sie Platz, sehen Sie nach dem Drucker oder nennen Sie einen anderen Ort mit --labels, dann nrt label {id}: Das macht einen neuen Code.',
  },
  'internal.broken': {
    what: 'Es geschah etwas, woran niemand gedacht hat: {why}',
    next: 'Starten Sie den Befehl noch einmal; bleibt es so, sagen Sie den Herstellern, was hier steht.',
  },
}
