// Deutsch.

import type { DoctorWords } from './dictionary.ts'

export const de: DoctorWords = {
  verdicts: {
    'no-dongle': {
      say: 'Mit diesem Zugangspunkt ist kein Dongle verbunden.',
      next: 'Scannen Sie den Code auf dem Etikett des Dongles, um ihn zu verbinden.',
    },
    revoked: {
      say: 'Dieser Dongle ist gesperrt: Er wurde als verloren gemeldet oder außer Betrieb genommen.',
      next: 'Bitten Sie den Support um einen anderen Dongle.',
    },
    mute: {
      say: 'Über dieses Kabel kommt gar nichts vom Dongle.',
      next: 'Nehmen Sie ein Datenkabel und drücken Sie den Knopf EN auf der Platine; fragen Sie dann noch einmal.',
    },
    'no-identity': { say: 'Der Dongle hat keine Identität.', next: 'Machen Sie ihn mit nrt flash neu.' },
    'brown-out': {
      say: 'Der Strom fällt kurz nach dem Start des Dongles immer wieder aus.',
      next: 'Geben Sie ihm ein eigenes USB-Netzteil mit mindestens 1 Ampere.',
    },
    memory: {
      say: 'Dem Dongle geht der Speicher aus.',
      next: 'Aktualisieren Sie seine Software; kommt es wieder, nennen Sie dem Support den Code memory.',
    },
    'program-error': {
      say: 'Das Programm des Dongles hielt mit einem Fehler an und startete neu.',
      next: 'Aktualisieren Sie seine Software; kommt es wieder, nennen Sie dem Support den Code program-error.',
    },
    'p1-silent': {
      say: 'Der Zähler sendet dem Dongle nichts.',
      next: 'Stecken Sie den Stecker ein, bis er klickt, und lassen Sie den Netzbetreiber die Kundenschnittstelle (P1) öffnen.',
    },
    'p1-inverted': {
      say: 'Das Signal des Zählers kommt umgekehrt an.',
      next: 'Tauschen Sie Dongle oder Adapter gegen einen mit Inverter für die P1-Leitung.',
    },
    'p1-encrypted': {
      say: 'Der Zähler verschlüsselt, was er sendet.',
      next: 'Fragen Sie den Netzbetreiber nach dem Schlüssel Ihres Zählers und geben Sie ihn dem Support.',
    },
    'p1-noise': {
      say: 'Was vom Zähler kommt, ist nicht lesbar.',
      next: 'Prüfen Sie das Kabel zum Zähler: keine Verlängerung, Stecker ganz drin, kein anderes Gerät an derselben Leitung.',
    },
    'p1-half': {
      say: 'Viele Nachrichten des Zählers kommen beschädigt an.',
      next: 'Stecken Sie den Stecker ein, bis er klickt, und nehmen Sie das kurze Kabel des Dongles.',
    },
    'not-set-up': {
      say: 'Der Dongle kennt noch kein WLAN.',
      next: 'Richten Sie ihn ein: Scannen Sie sein Etikett mit dem Telefon und folgen Sie den Schritten.',
    },
    'wifi-password': {
      say: 'Das WLAN nimmt das Passwort nicht an.',
      next: 'Geben Sie das WLAN-Passwort noch einmal ein, genau mit Groß- und Kleinbuchstaben.',
    },
    'wifi-missing': {
      say: 'Der Dongle findet Ihr WLAN nicht.',
      next: 'Prüfen Sie, ob der Router an ist, auf 2,4 GHz sendet und der Name genau so geschrieben ist.',
    },
    'wifi-weak': {
      say: 'Das WLAN ist dort, wo der Dongle steckt, zu schwach.',
      next: 'Stellen Sie einen WLAN-Verstärker oder den Router näher an den Zähler.',
    },
    'wifi-refused': {
      say: 'Der Router lässt den Dongle nicht hinein.',
      next: 'Starten Sie den Router neu; bleibt es, sehen Sie nach, ob er Geräte begrenzt oder filtert.',
    },
    'no-internet': {
      say: 'Das WLAN geht, erreicht aber das Internet nicht.',
      next: 'Starten Sie den Router neu und versuchen Sie eine Webseite im selben WLAN.',
    },
    portal: {
      say: 'Das WLAN will eine Anmeldeseite, die ein Dongle nicht ausfüllen kann.',
      next: 'Nehmen Sie ein anderes WLAN, etwa Ihr eigenes statt eines Gastnetzes.',
    },
    'not-accepted': {
      say: 'Die Plattform nimmt diesen Dongle nicht an.',
      next: 'Nennen Sie dem Support die Nummer auf dem Etikett: Er muss angemeldet werden.',
    },
    tls: {
      say: 'Der Dongle kann keine gesicherte Verbindung aufbauen.',
      next: 'Nennen Sie dem Support den Code tls: Seine Einstellungen passen nicht zu diesem Modell.',
    },
    'not-stored': {
      say: 'Die Plattform nimmt Messwerte an, speichert sie aber gerade nicht.',
      next: 'Warten Sie: Der Dongle behält alles und sendet es später.',
    },
    'gateway-away': {
      say: 'Der Dongle hat WLAN, aber die Plattform antwortet nicht.',
      next: 'Warten Sie eine Viertelstunde; kommen andere hinein, sehen Sie nach, ob die Firewall des Routers den Dongle sperrt.',
    },
    restless: {
      say: 'Die Verbindung des Dongles bricht immer wieder ab.',
      next: 'Starten Sie den Router neu, und stellen Sie ihn näher, wenn das nicht hilft.',
    },
    'never-heard': {
      say: 'Der Dongle hat sich noch nie gemeldet.',
      next: 'Stecken Sie ihn ein und richten Sie sein WLAN mit dem Code auf dem Etikett ein.',
    },
    'out-of-reach': {
      say: 'Der Dongle ist nicht erreichbar; verloren geht nichts, er behält die Messwerte.',
      next: 'Sehen Sie auf seine Lampe: dunkel heißt kein Strom, dreimal Blinken kein WLAN, zweimal kein Internet.',
    },
    'ring-full': {
      say: 'Der Speicher des Dongles für Messwerte ist fast voll.',
      next: 'Lassen Sie ihn verbunden: Er leert sich in einigen Stunden von selbst.',
    },
    'on-trial': {
      say: 'Der Dongle probiert eine gewünschte Änderung aus.',
      next: 'Warten Sie zehn Minuten und fragen Sie noch einmal.',
    },
    'change-returned': {
      say: 'Die letzte Änderung ging nicht; der Dongle ist wieder bei dem, was ging.',
      next: 'Prüfen Sie die neuen Einstellungen, zuerst das WLAN-Passwort, und verlangen Sie die Änderung noch einmal.',
    },
    'change-failed': {
      say: 'Der Dongle konnte die letzte Änderung nicht speichern.',
      next: 'Verlangen Sie die Änderung noch einmal; scheitert sie zweimal, tauschen Sie den Dongle.',
    },
    'clock-wrong': {
      say: 'Alles ist gut, nur die Uhr des Zählers geht falsch; die Messwerte tragen unsere Zeit.',
      next: 'Sagen Sie dem Netzbetreiber, dass die Uhr des Zählers falsch geht.',
    },
    'not-bound': {
      say: 'Der Dongle geht, ist aber mit keinem Zugangspunkt verbunden.',
      next: 'Melden Sie sich an und geben Sie den Code auf dem Etikett ein.',
    },
    connecting: {
      say: 'Der Dongle verbindet sich gerade.',
      next: 'Warten Sie zwei Minuten und fragen Sie noch einmal.',
    },
    'all-well': { say: 'Alles ist gut.', next: 'Es ist nichts zu tun.' },
  },
  happenings: {
    'boot-first': 'Erster Start (Nummer {n})',
    'boot-power': 'Gestartet nach Stromausfall (Start {n})',
    'boot-asked': 'Neu gestartet wie gewünscht (Start {n})',
    'boot-error': 'Neu gestartet nach einem Programmfehler (Start {n})',
    'boot-memory': 'Neu gestartet, weil der Speicher voll war (Start {n})',
    'boot-network': 'Neu gestartet, weil das Netz fehlte (Start {n})',
    'quick-restarts': 'Der Strom fiel {n}-mal nacheinander kurz nach dem Start aus',
    firmware: 'Läuft mit Version {word}',
    p1: 'Leitung zum Zähler: {word}',
    'telegrams-bad': '{n} beschädigte Nachrichten des Zählers',
    cut: 'Verbindung: {word} (Code {n})',
    back: 'Wieder da nach {n} Minuten Stille',
    signal: 'WLAN-Signal {n} dBm',
    ring: 'Speicher für Messwerte {n} % voll',
    lost: '{n} Messwerte verloren',
    error: 'Ein Programmfehler',
    memory: 'Kein Speicher mehr',
    'no-identity': 'Hat keine Identität',
    'session-open': 'Mit der Plattform verbunden',
    'session-closed': 'Von der Plattform getrennt',
    'network-up': 'Mit dem WLAN verbunden',
    'trial-ended': 'Eine Änderung ging nicht und wurde zurückgenommen',
    order: 'Gewünscht: {word}',
    state: 'Jetzt: {word}',
  },
  p1: {
    none: 'gut',
    silence: 'stumm',
    noise: 'Rauschen',
    inverted: 'umgekehrt',
    slow: 'zu langsam',
    parity: 'anderes Format',
    encrypted: 'verschlüsselt',
    half: 'Nachrichten brechen ab',
    crc: 'falsche Prüfsummen',
    flood: 'zu viel',
    clock: 'die Uhr des Zählers geht falsch',
  },
  states: {
    flashed: 'hergestellt',
    registered: 'der Plattform bekannt',
    claimed: 'beansprucht',
    bound: 'mit einem Zugangspunkt verbunden',
    suspended: 'angehalten',
    transfer: 'in Übergabe',
    lost: 'als verloren gemeldet',
    retired: 'außer Betrieb',
  },
  wishes: {
    interval: 'ein anderer Abstand',
    fields: 'welche Werte er sendet',
    stop: 'nicht mehr senden',
    resume: 'weiter senden',
    diagnose: 'ein Bericht',
    restart: 'ein Neustart',
    'rotate-key': 'ein neuer Schlüssel',
    wipe: 'alles löschen',
    console: 'die Konsole öffnen',
    network: 'ein anderes Netz',
  },
  outcomes: {
    queued: 'wartet',
    sent: 'gesendet',
    begun: 'wird versucht',
    done: 'erledigt',
    refused: 'abgelehnt',
    returned: 'ging nicht und wurde zurückgenommen',
    failed: 'konnte nicht gespeichert werden',
    expired: 'abgelaufen',
  },
  causes: {
    'wifi-password': 'Passwort abgelehnt',
    'wifi-missing': 'WLAN nicht gefunden',
    'wifi-weak': 'schwaches Signal',
    'wifi-refused': 'vom Router abgelehnt',
    'no-internet': 'kein Internet',
    portal: 'eine Anmeldeseite dazwischen',
    'gateway-away': 'die Plattform antwortet nicht',
    'not-accepted': 'von der Plattform nicht angenommen',
    tls: 'keine gesicherte Verbindung',
    'not-stored': 'die Plattform speichert nicht',
    restless: 'unterbrochen',
  },
}
