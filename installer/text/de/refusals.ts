// German: what is said and what to do next when the backend or a release file says no, or a question could not be asked.

import type { RefusalWords } from '../dictionary.ts'

const HELP = '{command} --help erklärt, was es gibt.'

export const refusals: RefusalWords = {
  'request.invalid': {
    what: 'Die Anfrage ist nicht gültig',
    next: 'Berichtigen Sie, was der Server nennt, und fragen Sie erneut.',
  },
  'range.invalid': { what: 'Der Zeitraum ist nicht gültig', next: 'Der Beginn muss vor dem Ende liegen.' },
  'column.unknown': {
    what: 'Es gibt keine Spalte dieses Namens',
    next: 'Vergleichen Sie den Namen mit der Beschreibung der API.',
  },
  'cursor.invalid': { what: 'Der Cursor ist keiner von uns', next: 'Beginnen Sie neu ohne Cursor.' },
  'access.missing': {
    what: 'Ein Zugangsschlüssel ist nötig',
    next: 'Prüfen Sie NRT_OPERATOR_KEY, oder lassen Sie sich einen neuen Schlüssel geben (npm run add-operator).',
  },
  'access.throttled': {
    what: 'Zu viele falsche Zugangsschlüssel von dieser Adresse',
    next: 'Warten Sie eine Minute und fragen Sie dann mit dem richtigen Schlüssel.',
  },
  'role.missing': {
    what: 'Dieser Schlüssel ist für etwas anderes',
    next: 'Nehmen Sie einen Schlüssel, der dafür ist: Der eines Betreibers kommt von npm run add-operator.',
  },
  'sign-in.stale': {
    what: 'Dafür müssen Sie sich gerade erst angemeldet haben',
    next: 'Melden Sie sich auf der Seite des Portals noch einmal an und wiederholen Sie es gleich danach.',
  },
  'sign-in.nowhere': {
    what: 'Unter diesem Namen kann sich niemand anmelden',
    next: 'Setzen Sie NRT_PUBLIC_URL auf die Adresse, unter der man diesen Server erreicht.',
  },
  'sign-in.cancelled': { what: 'Die Anmeldung wurde abgebrochen', next: 'Melden Sie sich an, wann Sie wollen.' },
  'sign-in.expired': { what: 'Die Anmeldung hat zu lange gedauert', next: 'Beginnen Sie die Anmeldung von vorn.' },
  'sign-in.failed': {
    what: 'Die Antwort des Identitätsdienstes passt nicht',
    next: 'Beginnen Sie die Anmeldung von vorn; bleibt es so, sagen Sie es dem Betreiber.',
  },
  'sign-in.unavailable': {
    what: 'Der Identitätsdienst antwortet nicht',
    next: 'Warten Sie und melden Sie sich erneut an.',
  },
  'csrf.missing': {
    what: 'Das kam nicht von unserer eigenen Seite',
    next: 'Laden Sie die Seite neu und wiederholen Sie es.',
  },
  'mandate.unknown': { what: 'Sie haben kein solches Mandat', next: 'Bitten Sie, wer es gab, um einen neuen Code.' },
  'mandate.own': { what: 'Das ist Ihr eigenes Mandat', next: 'Geben Sie den Code der anderen Person.' },
  'mandate.too-many': {
    what: 'Zu viele Mandate sind offen',
    next: 'Beenden Sie eines, das nicht mehr gebraucht wird.',
  },
  'token.invalid': { what: 'Dieses Token ist nicht von uns', next: 'Holen Sie ein neues Token bei /oauth/token.' },
  'token.expired': { what: 'Dieses Token ist abgelaufen', next: 'Holen Sie ein neues bei /oauth/token.' },
  'token.foreign': {
    what: 'Dieses Token ist für einen anderen Server',
    next: 'Holen Sie eines bei /oauth/token dieses Servers.',
  },
  'assertion.invalid': {
    what: 'Die Assertion beweist nicht, wer fragt',
    next: 'Vergleichen Sie kid, Schlüssel und Claims mit dem, was der Verwalter des ESP hinzugefügt hat.',
  },
  'assertion.expired': {
    what: 'Die Assertion ist abgelaufen',
    next: 'Machen Sie für jede Anfrage eine neue; stellen Sie die Uhr mit NTP.',
  },
  'assertion.foreign': {
    what: 'Die Assertion ist für einen anderen Server',
    next: 'Nehmen Sie issuer oder token endpoint dieses Servers als aud.',
  },
  'assertion.replayed': {
    what: 'Die Assertion wurde schon benutzt',
    next: 'Machen Sie für jede Anfrage eine neue mit neuer jti.',
  },
  'grant.unsupported': {
    what: 'Dieser Weg zu einem Token wird nicht angeboten',
    next: 'Fragen Sie mit grant_type=client_credentials.',
  },
  'esp-key.invalid': {
    what: 'Das ist kein öffentlicher Schlüssel für Signaturen hier',
    next: 'Senden Sie die öffentliche Hälfte eines P-256-Schlüssels.',
  },
  'esp-key.known': {
    what: 'Diesen Schlüssel, oder seine Id, gibt es schon',
    next: 'Machen Sie ein neues Schlüsselpaar.',
  },
  'esp-key.too-many': {
    what: 'Dieser ESP hat zu viele Schlüssel',
    next: 'Widerrufen Sie einen, der nicht mehr benutzt wird.',
  },
  'esp-key.unknown': {
    what: 'Sie verwalten keinen solchen ESP oder Schlüssel',
    next: 'Fragen Sie einen Betreiber, wer diesen ESP verwaltet.',
  },
  'certificate.missing': {
    what: 'Die Server dieses ESP zeigen ein Zertifikat',
    next: 'Verbinden Sie sich mit dem eingetragenen Zertifikat.',
  },
  'certificate.foreign': {
    what: 'Das ist ein anderes Zertifikat',
    next: 'Verbinden Sie sich mit dem eingetragenen, und holen Sie ein neues Token.',
  },
  'certificate.expired': {
    what: 'Dieses Zertifikat gilt jetzt nicht',
    next: 'Tragen Sie ein neues ein und verbinden Sie sich damit.',
  },
  'esp-certificate.invalid': {
    what: 'Das ist kein Zertifikat, das hier gezeigt werden kann',
    next: 'Senden Sie ein Zertifikat als PEM, ohne seinen Schlüssel, das nicht abgelaufen ist.',
  },
  'esp-certificate.known': {
    what: 'Dieses Zertifikat gibt es schon',
    next: 'Machen Sie ein neues; ein widerrufenes kommt nicht wieder.',
  },
  'esp-certificate.too-many': {
    what: 'Dieser ESP hat zu viele Zertifikate',
    next: 'Widerrufen Sie eines, das nicht mehr benutzt wird.',
  },
  'esp-certificate.unknown': {
    what: 'Sie verwalten keinen solchen ESP oder kein solches Zertifikat',
    next: 'Fragen Sie einen Betreiber, wer diesen ESP verwaltet.',
  },
  'dongle.unknown': {
    what: 'Es gibt keinen Dongle mit dieser Nummer',
    next: 'Vergleichen Sie die Nummer mit dem Etikett.',
  },
  'dongle.other-key': {
    what: 'Ein Dongle mit dieser Nummer ist mit einem anderen Schlüssel bekannt',
    next: 'Machen Sie den Dongle neu mit nrt flash --new-identity.',
  },
  'dongle.wrong-state': {
    what: 'Das geht im Zustand dieses Dongles nicht',
    next: 'Sehen Sie ihn mit nrt dongle show an.',
  },
  'metering-point.unknown': {
    what: 'Dieses Konto hat diesen Messpunkt nicht',
    next: 'Prüfen Sie die Nummer und das Konto.',
  },
  'dongle.busy': {
    what: 'Der Dongle ist mit dem letzten Auftrag noch nicht fertig',
    next: 'Warten Sie, oder sehen Sie mit nrt dongle show nach.',
  },
  'release.unknown': {
    what: 'Es gibt kein Release dieser Version',
    next: 'nrt release list zeigt, welche es gibt.',
  },
  'release.untrusted': {
    what: 'Das Release ist nicht so unterschrieben, wie es sein muss',
    next: 'Lassen Sie es von Personen unterschreiben, deren Schlüsseln der Server traut, und reichen Sie es neu ein.',
  },
  'release.known': {
    what: 'Es gibt ein anderes Release dieser Version',
    next: 'Machen Sie Ihres mit einer höheren Version.',
  },
  'action.unknown': { what: 'Dieser Dongle hat keine solche Aktion', next: 'Fragen Sie seine Aktionen neu ab.' },
  'action.closed': { what: 'Diese Aktion ist vorbei', next: 'Es ist nichts zu tun.' },
  'rollout.unknown': {
    what: 'Es gibt keinen Rollout mit dieser Nummer',
    next: 'nrt rollout list zeigt, welche es gibt.',
  },
  'rollout.busy': {
    what: 'Ein anderer Rollout läuft schon',
    next: 'Warten Sie sein Ende ab, oder brechen Sie ihn erst ab.',
  },
  'rollout.empty': {
    what: 'Es gibt keinen Dongle für dieses Release',
    next: 'Prüfen Sie, ob Board und Engine des Releases die Ihrer Dongles sind.',
  },
  'rollout.same-person': {
    what: 'Wer ihn vorgeschlagen hat, kann ihn nicht freigeben',
    next: 'Es sind zwei Personen nötig: Lassen Sie jemand anderen freigeben, mit eigenem Schlüssel.',
  },
  'rollout.wrong-state': {
    what: 'Das geht im Zustand dieses Rollouts nicht',
    next: 'nrt rollout status zeigt, wie weit er ist.',
  },
  'claim.malformed': { what: 'Nummer oder Code ist vertippt', next: 'Vergleichen Sie mit dem Etikett.' },
  'claim.refused': {
    what: 'Dieser Code öffnet keinen solchen Dongle',
    next: 'Vergleichen Sie Nummer und Code mit dem Etikett.',
  },
  'claim.throttled': {
    what: 'Zu viele falsche Codes',
    next: 'Warten Sie eine Minute und sehen Sie das Etikett noch einmal an.',
  },
  'account.unknown': { what: 'Es gibt kein solches Konto', next: 'Prüfen Sie die Nummer des Kontos.' },
  'account.locked': {
    what: 'Dieses Konto ist gesperrt',
    next: 'Fragen Sie den Betreiber, warum, und was es wieder öffnet.',
  },
  'account.own': { what: 'Das ist Ihr eigenes Konto', next: 'Fragen Sie einen anderen Betreiber.' },
  'holder.taken': { what: 'Diese Person hat schon ein anderes Konto', next: 'Nehmen Sie jenes Konto.' },
  'register.elsewhere': {
    what: 'Das Zugangsregister wird anderswo geführt',
    next: 'Ändern Sie den Eintrag dort, wo es geführt wird.',
  },
  'register.import-invalid': {
    what: 'Einträge des Zugangsregisters sind falsch',
    next: 'Berichtigen Sie die Einträge, die der Server nennt; nichts wurde übernommen.',
  },
  'route.unknown': {
    what: 'Unter dieser Adresse ist nichts',
    next: 'Prüfen Sie NRT_URL; der Server hat vielleicht eine andere Version.',
  },
  'live.full': { what: 'Zu viele Live-Verbindungen sind offen', next: 'Versuchen Sie es gleich noch einmal.' },
  'store.unavailable': {
    what: 'Der Speicher kann jetzt nicht antworten',
    next: 'Versuchen Sie es gleich noch einmal; nichts wurde geändert.',
  },
  'internal.broken': {
    what: 'Bei uns ist etwas schiefgegangen',
    next: 'Versuchen Sie es noch einmal; bleibt es so, sagen Sie es den Herstellern.',
  },

  'release.malformed': {
    what: 'Das ist kein Release: Die Datei ist beschädigt oder abgeschnitten',
    next: 'Holen Sie die Datei noch einmal von dem, der sie gemacht hat.',
  },
  'release.other-program': {
    what: 'Das Programm ist nicht das des Manifests',
    next: 'Verwenden Sie diese Datei nicht. Holen Sie sie noch einmal von dem, der sie gemacht hat.',
  },
  'release.signature-wrong': {
    what: 'Die Unterschrift des Schlüssels {keyId} gehört nicht zu diesem Manifest',
    next: 'Verwenden Sie diese Datei nicht: Sie kann gefälscht sein. Holen Sie sie noch einmal von dem, der sie gemacht hat.',
  },
  'release.too-few-signatures': {
    what: '{signed} vertrauenswürdige Schlüssel haben unterschrieben, {needed} sind nötig',
    next: 'Lassen Sie noch jemanden unterschreiben: nrt release sign.',
  },

  'letter.unknown': {
    what: 'Es wartet kein Dead Letter mit dieser Nummer',
    next: 'nrt replay list zeigt, welche warten.',
  },
  'backup.nowhere': {
    what: 'Der Server hat keinen Ordner für Sicherungen',
    next: 'Setzen Sie NRT_BACKUP_DIR für den Server, auf einer anderen Platte als die Datenbank, und starten Sie ihn neu.',
  },
  'backup.elsewhere': {
    what: 'Der Server speichert in PostgreSQL, dessen eigene Werkzeuge die Sicherungen machen',
    next: 'Nehmen Sie pg_dump oder pg_basebackup; siehe docs/operating.md.',
  },
  'backup.exists': {
    what: 'Es gibt schon etwas mit diesem Namen',
    next: 'Nehmen Sie einen anderen Namen: eine Sicherung wird nie überschrieben.',
  },
  'backup.failed': {
    what: 'Die Sicherung ist misslungen: {why}',
    next: 'Sehen Sie in das Log des Servers und nach seiner Platte, und machen Sie dann noch eine.',
  },
  'backup.broken': {
    what: 'Das ist keine Sicherung, oder keine ganze: {why}',
    next: 'Machen Sie eine andere; bewahren Sie diese bis dahin getrennt auf.',
  },
  'data.exists': {
    what: 'In {where} liegt schon eine Datenbank',
    next: 'Nennen Sie mit --data-dir einen leeren Ordner, oder legen Sie mit --move-aside beiseite, was dort liegt.',
  },
  'data.elsewhere': {
    what: 'NRT_DATABASE_URL ist gesetzt: dieser Server speichert in PostgreSQL',
    next: 'Stellen Sie mit den Werkzeugen von PostgreSQL wieder her; für eine SQLite-Datei entfernen Sie die Einstellung.',
  },
  'data.in-use': {
    what: 'Auf {where} läuft ein Server',
    next: 'Beenden Sie ihn erst; wiederhergestellt wird nie unter einem laufenden Server.',
  },
  'operator.no-key': {
    what: 'NRT_OPERATOR_KEY ist nicht gesetzt',
    next: 'Setzen Sie Ihren eigenen Schlüssel ein (npm run add-operator).',
  },
  'backend.bad-address': {
    what: '{url} ist keine Adresse, an die ein Schlüssel gehen darf',
    next: 'Setzen Sie NRT_URL auf https://…; http nur, wenn das Backend auf diesem Rechner läuft (http://127.0.0.1:8080).',
  },
  'backend.unreachable': {
    what: 'Das Backend unter {url} antwortet nicht: {why}',
    next: 'Prüfen Sie NRT_URL und das Netz, und fragen Sie erneut.',
  },
  'file.unreadable': {
    what: 'Eine Datei lässt sich nicht lesen oder schreiben: {why}',
    next: 'Prüfen Sie ihren Pfad und ihre Rechte.',
  },
  'file.exists': { what: '{path} gibt es schon und wird nicht überschrieben', next: 'Nennen Sie eine andere Datei.' },
  'key.unguarded': {
    what: 'Ein Schlüssel verlangt einen Kennsatz',
    next: 'Geben Sie --passphrase-file oder NRT_RELEASE_PASSPHRASE an; --no-passphrase, wenn er offen liegen darf.',
  },
  'key.unopened': {
    what: '{path} ist kein Ed25519-Schlüssel, oder der Kennsatz ist nicht seiner',
    next: 'Prüfen Sie die Datei und den Kennsatz.',
  },
  'keys.unusable': {
    what: '{path} ist keine Liste von genug verschiedenen Schlüsseln ({why})',
    next: 'Sie enthält die Zeilen der .pub-Dateien, jeden Schlüssel einmal.',
  },
  'name.malformed': { what: '--name passt nicht', next: 'Er hat 1 bis 32 druckbare Zeichen ohne Leerzeichen.' },
  'number.malformed': {
    what: '{option} passt nicht: "{text}"',
    next: 'Es ist eine ganze Zahl von 1 bis 4294967295.',
  },
  'floor.high': {
    what: 'Ein Release liegt nicht unter seiner eigenen Untergrenze',
    next: 'Geben Sie ein --floor an, das höchstens die --version ist.',
  },
  'program.size': {
    what: '{path} hat {bytes} Bytes, ein Programm hat 1 bis {bytesMax}',
    next: 'Bauen Sie es: npm run build:firmware.',
  },
  'window.malformed': { what: '--window passt nicht: "{text}"', next: 'Schreiben Sie es als 01:00-05:00.' },
  'plan.malformed': {
    what: '--plan ist kein JSON: {why}',
    next: 'Schreiben Sie es als {"waves": [{"dongles": 2}, {"permille": 1000}]}.',
  },

  'usage.unknown-option': { what: 'Es gibt keine Option {name}', next: HELP },
  'usage.unknown-command': { what: 'Es gibt keinen Befehl {name}', next: HELP },
  'usage.missing-argument': { what: '{name} fehlt', next: HELP },
  'usage.missing-option': { what: 'Die Option {name} muss angegeben werden', next: HELP },
  'usage.missing-value': { what: 'Die Option {name} verlangt einen Wert', next: HELP },
  'usage.wrong-value': { what: '{name} kann nicht {other} sein', next: HELP },
  'usage.conflict': { what: '{name} und {other} passen nicht zusammen', next: HELP },
  'usage.too-many': { what: 'Auf der Zeile steht mehr, als dieser Befehl nimmt', next: HELP },
}
