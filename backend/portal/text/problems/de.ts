// What a page says of a problem, in German.

import type { ProblemWords } from './words.ts'

export const de: ProblemWords = {
  'permission.exists': 'Sie teilen schon mit diesem Dienst.',
  'permission.lapsed': 'Es hat länger als eine Stunde gedauert. Sehen Sie es noch einmal an.',
  'permission.unknown': 'Es ist nicht mehr da.',
  'permission.wrong-state': 'Es ist schon beantwortet oder beendet.',
  'metering-point.unknown': 'Dieser Messpunkt ist nicht mehr Ihrer.',
  'statement.other': 'Was geteilt wird, hat sich eben geändert. Lesen Sie es noch einmal.',
  'terms.not-accepted': 'Zuerst kommen die Nutzungsbedingungen.',
  'terms.other-version': 'Es gibt eine neuere Version der Bedingungen. Lesen Sie diese.',
  'once.missing': 'Die Seite ist veraltet. Laden Sie sie neu und wiederholen Sie es.',
  'once.in-progress': 'Dieselbe Anfrage läuft noch. Warten Sie einen Augenblick und fragen Sie erneut.',
  'once.other-request': 'Das wurde schon gesendet, für etwas anderes. Laden Sie die Seite neu und wiederholen Sie es.',
  'notice.unknown': 'Diese Nachricht ist nicht mehr da.',
  'tenure.unknown': 'Es ist schon gelöscht oder gehört Ihnen nicht mehr.',
  'service.unknown': 'Der Dienst wird nicht mehr angeboten.',
  'service.wrong-state':
    'Das geht mit dem Dienst nicht, so wie er jetzt steht. Sehen Sie nach: Entwurf, eingereicht, geprüft, veröffentlicht oder zurückgezogen.',
  'service.no-privacy-policy':
    'Es fehlt eine Datenschutzerklärung. Geben Sie die Adresse eines Textes an, den jeder lesen kann.',
  'service.other-text': 'Der Text wurde geändert, während er gelesen wurde. Lesen Sie ihn noch einmal.',
  'service.text-invalid':
    'In der Beschreibung passt etwas nicht zusammen. Sehen Sie nach, was genannt wird, und verbessern Sie es.',
  'esp.unknown': 'Diesen Anbieter gibt es nicht.',
  'esp.exists': 'Sie betreuen schon einen Anbieter. Ein Konto betreut einen.',
  'esp.wrong-state': 'Darüber ist schon entschieden. Laden Sie die Seite neu.',
  'esp.not-admitted': 'Der Anbieter ist nicht (mehr) zugelassen. Der Betreiber muss ihn zuerst zulassen.',
  'webhook.refused':
    'An diese Adresse können keine Nachrichten gehen. Geben Sie eine öffentliche Adresse an, die mit https beginnt.',
  'webhook.unknown': 'Es ist noch keine Adresse für Nachrichten hinterlegt.',
  'webhook.throttled': 'Es wurde schon oft getestet. Warten Sie eine Minute und versuchen Sie es dann noch einmal.',
  'delivery.unknown': 'Diese Lieferung wartet nicht mehr.',
  'sign-in.stale': 'Das wiegt: Melden Sie sich zuerst neu an, um zu zeigen, dass Sie es sind.',
  'role.missing': 'Sie dürfen hier zusehen, nicht entscheiden.',
  'csrf.missing': 'Laden Sie die Seite neu und wiederholen Sie es.',
  'mandate.unknown': 'Dieser Code oder dieses Mandat gilt nicht (mehr).',
  'mandate.own': 'Das ist Ihr eigenes Mandat: Es ist für jemand anderen.',
  'mandate.too-many': 'Zu viele Mandate sind offen.',
  'access.throttled': 'Zu viele Versuche. Warten Sie eine Minute.',
  'access.missing': 'Sie sind abgemeldet. Melden Sie sich wieder an.',
  'store.unavailable': 'Die Plattform kann gerade nichts speichern. Versuchen Sie es später noch einmal.',
  unreachable: 'Es kam keine Antwort. Versuchen Sie es noch einmal.',
}
