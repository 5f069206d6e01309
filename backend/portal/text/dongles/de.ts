// German words of the page of one's dongles.

import type { DongleWords } from './words.ts'

export const de: DongleWords = {
  title: 'Ihre Dongles',
  link: 'Dongles',
  back: 'Ihr Strom',
  pages: 'Seiten',
  none: 'Sie haben noch keinen Dongle.',
  nameOf: id => `Dongle ${id}`,
  since: time => `seit ${time}`,
  standings: {
    'no-telegram': {
      how: 'Angemeldet. Warten auf das erste Telegramm Ihres Zählers.',
      next: 'Stecken Sie den Dongle in die P1-Schnittstelle Ihres Zählers und verbinden Sie ihn mit Ihrem WLAN. Kommt einen Tag lang nichts: Ist die Schnittstelle geöffnet? Ihr Netzbetreiber tut das auf Anfrage.',
    },
    'register-unreachable': {
      how: 'Angemeldet. Das Zugangsregister antwortet gerade nicht; noch wird nichts freigegeben.',
      next: 'Sie müssen nichts tun: Es geht von selbst weiter.',
    },
    'holder-unknown': {
      how: 'Angemeldet. Ihr Konto ist noch nicht mit dem Zugangsregister verbunden.',
      next: 'Bitten Sie die Hilfe, Ihr Konto mit Ihrem Liefervertrag zu verbinden.',
    },
    'no-point': {
      how: 'Angemeldet. Das Zugangsregister hat keinen Messpunkt auf Ihren Namen.',
      next: 'Sind Sie gerade eingezogen, warten Sie, bis Ihr Vertrag beginnt. Fragen Sie sonst Ihren Lieferanten, auf wessen Namen er läuft.',
    },
    'meter-unlisted': {
      how: 'Angemeldet. Das Zugangsregister kennt die Nummer Ihres Zählers noch nicht.',
      next: 'Sie müssen nichts tun. Dauert es länger als einige Tage, fragen Sie Ihren Netzbetreiber.',
    },
    'other-meter': {
      how: 'Dieser Dongle hängt an einem Zähler, der laut Zugangsregister nicht Ihrer ist. Nichts wird freigegeben.',
      next: 'Steckt er in Ihrem eigenen Zähler? Wurde Ihr Zähler getauscht, warten Sie, bis der neue im Zugangsregister steht.',
    },
    'tenure-ended': {
      how: 'Dieser Messpunkt läuft nicht mehr auf Ihren Namen. Der Dongle sendet nichts mehr.',
      next: 'Stecken Sie ihn an Ihrer neuen Adresse ein, geben Sie ihn weiter oder lassen Sie ihn so.',
    },
    moving: {
      how: 'Sie ziehen um. Der Dongle sendet nichts mehr.',
      next: 'Stecken Sie ihn in den Zähler an Ihrer neuen Adresse. Er beginnt von selbst wieder.',
    },
    clone: {
      how: 'Zwei Geräte sprechen im Namen dieses Dongles. Seine Messwerte werden zurückgehalten, bis jemand nachgesehen hat.',
      next: 'Die Hilfe weiß davon. Melden Sie den Dongle verloren, wenn Sie ihn nicht mehr haben.',
    },
    bound: { how: 'Mit Ihrem Zähler verbunden.', next: '' },
    lost: {
      how: 'Verloren gemeldet. Er ist abgeschnitten.',
      next: 'Gefunden? Sagen Sie es, und stecken Sie ihn in Ihren Zähler.',
    },
    retired: { how: 'Außer Betrieb.', next: '' },
  },
  acts: {
    'report-lost': {
      name: 'Verlust oder Diebstahl melden',
      ask: 'Der Dongle wird sofort abgeschnitten. Verloren melden?',
      done: 'Verloren gemeldet. Er ist abgeschnitten.',
    },
    found: {
      name: 'Ich habe ihn gefunden',
      ask: 'Der Dongle wartet wieder auf Ihren Zähler. Haben Sie ihn gefunden?',
      done: 'Gut. Stecken Sie ihn in Ihren Zähler.',
    },
    'give-away': {
      name: 'Weitergeben',
      ask: 'Der Dongle wird gelöscht und gehört Ihnen nicht mehr. Ihre Messwerte bleiben Ihre. Weitergeben?',
      done: 'Weitergegeben.',
    },
    move: {
      name: 'Ich ziehe um',
      ask: 'Der Dongle hört jetzt auf zu senden und beginnt an Ihrer neuen Adresse wieder. Ziehen Sie um?',
      done: 'Der Dongle hört auf zu senden.',
    },
    stay: {
      name: 'Ich ziehe doch nicht um',
      ask: 'Der Dongle macht an dieser Adresse weiter. Bleiben?',
      done: 'Der Dongle macht weiter.',
    },
    'drop-claim': {
      name: 'Anmeldung aufgeben',
      ask: 'Der Dongle gehört Ihnen nicht mehr; sein Code öffnet ihn noch. Aufgeben?',
      done: 'Aufgegeben.',
    },
  },
  newCode: (id, code) => `Für den nächsten Besitzer: Dongle ${id}, Code ${code}`,
  newCodeOnce: 'Schreiben Sie ihn jetzt auf: Er wird nur einmal gezeigt, und der Code auf dem Etikett gilt nicht mehr.',
  history: 'Was geschehen ist',
  formerTitle: 'Dongles, die Sie hatten',
  events: {
    registered: 'Hergestellt und registriert',
    'code-replaced': 'Neues Etikett gedruckt',
    vouched: 'Von der Hilfe verbunden',
    claimed: 'Angemeldet',
    'claim-taken-over': 'Mit demselben Code angemeldet; nicht mehr Ihrer',
    'claim-dropped': 'Anmeldung aufgegeben',
    waiting: 'Wartet',
    bound: 'Mit Ihrem Zähler verbunden',
    'meter-swapped': 'Mit Ihrem neuen Zähler verbunden',
    moved: 'An Ihrer anderen Adresse verbunden',
    'tenure-ended': 'Der Messpunkt läuft nicht mehr auf Ihren Namen',
    'move-announced': 'Umzug gemeldet',
    'move-cancelled': 'Umzug abgesagt',
    'clone-seen': 'Zweites Gerät mit derselben Identität',
    'clone-cleared': 'Verdacht ausgeräumt',
    'given-away': 'Weitergegeben',
    lost: 'Verloren gemeldet',
    found: 'Gefunden',
    replaced: 'Durch Ihren anderen Dongle ersetzt',
    retired: 'Außer Betrieb genommen',
    'key-rotated': 'Schlüssel erneuert',
  },
  by: {
    you: 'Sie',
    installer: 'Installateur',
    operator: 'Hilfe',
    register: 'Zugangsregister',
    system: 'von selbst',
    'somebody else': 'jemand anders',
  },
  claimTitle: 'Einen Dongle anmelden',
  claimText: 'Nummer und Code stehen auf dem Etikett.',
  idField: 'Nummer des Dongles',
  codeField: 'Code',
  idHelp: '13 Zeichen, wie 0123-4567-89AB-9',
  codeHelp: '13 Zeichen; ob erst einstecken oder erst anmelden, ist gleich',
  idWrong: 'Die Nummer ist vertippt. Vergleichen Sie mit dem Etikett.',
  codeWrong: 'Der Code ist vertippt. Vergleichen Sie mit dem Etikett.',
  claim: 'Anmelden',
  claimed: 'Dieser Dongle gehört jetzt Ihnen. Unten sehen Sie, worauf er wartet.',
  scan: 'Etikett scannen',
  scanning: 'Halten Sie das Symbol des Codes vor die Kamera.',
  scanStop: 'Scannen beenden',
  scanDenied: 'Der Browser darf die Kamera nicht benutzen. Erlauben Sie es, oder tippen Sie den Code.',
  scanFailed: 'Die Kamera geht hier nicht. Tippen Sie den Code.',
  scanOther: 'Das ist ein anderes Symbol. Nehmen Sie das des Codes, nicht das des WLANs.',
  problems: {
    'claim.malformed': 'Nummer oder Code ist vertippt. Vergleichen Sie mit dem Etikett.',
    'claim.refused':
      'Dieser Code gehört nicht zu diesem Dongle oder wurde schon benutzt. Hatte der Dongle einen Besitzer, bitten Sie ihn, ihn auf seiner Seite weiterzugeben.',
    'claim.throttled': 'Zu viele Versuche. Warten Sie eine Minute und sehen Sie das Etikett noch einmal an.',
    'dongle.wrong-state': 'Das geht jetzt nicht: Der Dongle ist in einem anderen Zustand.',
    'dongle.unknown': 'Dieser Dongle gehört Ihnen nicht mehr.',
    'access.missing':
      'Sie sind abgemeldet. Öffnen Sie Ihren Link noch einmal, oder geben Sie Ihren Zugangsschlüssel ein.',
    'access.throttled': 'Zu viele Versuche. Warten Sie eine Minute und versuchen Sie es erneut.',
    'terms.not-accepted':
      'Zuerst kommen die Nutzungsbedingungen: Lesen Sie sie unten und nehmen Sie sie an, dann wird der Dongle angemeldet.',
    'store.unavailable':
      'Der Server kann das jetzt nicht speichern. Nichts wurde geändert; versuchen Sie es gleich erneut.',
    'internal.broken': 'Bei uns ist etwas schiefgegangen. Versuchen Sie es später erneut.',
    unreachable: 'Der Server antwortet nicht. Versuchen Sie es später erneut.',
  },
}
