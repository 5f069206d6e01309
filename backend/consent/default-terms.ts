// The terms of use that a new platform begins with. An operator publishes their own over REST; these say what the program itself does. A text that somebody may
// have accepted is never changed: a new one is another version, and the one before stays here, so that a platform that still has it is given the new one.

import type { TermsText } from '../../shared/schema/terms.ts'

export const DEFAULT_TERMS: TermsText = {
  title: {
    nl: 'Gebruiksvoorwaarden',
    fr: 'Conditions d’utilisation',
    de: 'Nutzungsbedingungen',
    en: 'Terms of use',
  },
  purposes: {
    nl: 'Wij verwerken de meetwaarden van uw meter om ze aan u te tonen, en om ze door te geven aan dienstverleners die u zelf kiest, niets anders. Ze zijn informatief, niet gevalideerd en niet voor facturatie. Het gebruik kost u niets. Dit is geen mandaat voor kwartiergegevens van de netbeheerder.',
    fr: 'Nous traitons les mesures de votre compteur pour vous les montrer et pour les transmettre aux prestataires que vous choisissez vous-même, rien d’autre. Elles sont informatives, non validées et ne servent pas à la facturation. L’utilisation est gratuite. Ceci n’est pas un mandat pour les données quart-horaires du gestionnaire de réseau.',
    de: 'Wir verarbeiten die Messwerte Ihres Zählers, um sie Ihnen zu zeigen und um sie an Dienstleister weiterzugeben, die Sie selbst wählen, zu nichts anderem. Sie sind informativ, nicht validiert und nicht zur Abrechnung. Die Nutzung kostet Sie nichts. Dies ist kein Mandat für Viertelstundenwerte des Netzbetreibers.',
    en: 'We process what your meter measures to show it to you, and to pass it on to providers that you choose yourself, and for nothing else. It is informative, not validated and not for billing. Using it costs you nothing. This is no mandate for the grid operator’s quarter-hour values.',
  },
  retention: {
    nl: 'Meetwaarden blijven bewaard zolang u het meetpunt hebt. Daarna kunt u ze nog 400 dagen uitvoeren; dan worden ze gewist, zonder dat u iets doet. Wist u ze zelf, dan wordt hun sleutel vernietigd. Het logboek van toestemmingen blijft als bewijs bewaard, zonder meetwaarden.',
    fr: 'Les mesures sont conservées tant que le point de mesure est le vôtre. Ensuite vous pouvez les exporter pendant 400 jours ; puis elles sont effacées, sans que vous ayez rien à faire. Si vous les effacez vous-même, leur clé est détruite. Le journal des autorisations est conservé comme preuve, sans mesures.',
    de: 'Messwerte bleiben gespeichert, solange Sie den Messpunkt haben. Danach können Sie sie noch 400 Tage lang ausführen; dann werden sie gelöscht, ohne Ihr Zutun. Löschen Sie sie selbst, wird ihr Schlüssel vernichtet. Das Protokoll der Freigaben bleibt als Nachweis, ohne Messwerte.',
    en: 'What is measured is kept for as long as the metering point is yours. Afterwards you can export it for 400 days; then it is erased, without you doing anything. If you erase it yourself, its key is destroyed. The log of permissions is kept as proof, without anything measured.',
  },
  rights: {
    nl: 'U ziet alles wat gedeeld wordt, met wie en wanneer. U kunt elke toestemming en deze voorwaarden op elk moment intrekken, met onmiddellijke ingang; zonder deze voorwaarden eindigt al wat gedeeld wordt. U kunt inzage, verbetering, overdracht en wissing vragen. Dienstverleners krijgen alleen wat u hun toestaat, en moeten bevestigen dat ze gestopt zijn.',
    fr: 'Vous voyez tout ce qui est partagé, avec qui et quand. Vous pouvez révoquer chaque autorisation et ces conditions à tout moment, avec effet immédiat ; sans ces conditions, tout partage prend fin. Vous pouvez demander l’accès, la rectification, la portabilité et l’effacement. Les prestataires ne reçoivent que ce que vous leur permettez et doivent confirmer qu’ils ont cessé.',
    de: 'Sie sehen alles, was geteilt wird, mit wem und wann. Sie können jede Freigabe und diese Bedingungen jederzeit widerrufen, mit sofortiger Wirkung; ohne diese Bedingungen endet alles, was geteilt wird. Sie können Auskunft, Berichtigung, Übertragung und Löschung verlangen. Dienstleister erhalten nur, was Sie ihnen erlauben, und müssen bestätigen, dass sie aufgehört haben.',
    en: 'You see all that is shared, with whom and when. You can revoke every permission and these terms at any time, with immediate effect; without these terms all sharing ends. You can ask for access, correction, portability and erasure. Providers get only what you permit them, and have to confirm that they have stopped.',
  },
  graceDays: 30,
  exportDays: 400,
}

/** What was said before, oldest first; as they were published, to the letter. */
export const EARLIER_TERMS: readonly TermsText[] = [
  // did not say that what can be exported no longer is erased
  {
    ...DEFAULT_TERMS,
    retention: {
      nl: 'Meetwaarden blijven bewaard zolang u het meetpunt hebt. Daarna kunt u ze nog 400 dagen uitvoeren. Wist u ze, dan wordt hun sleutel vernietigd. Het logboek van toestemmingen blijft als bewijs bewaard, zonder meetwaarden.',
      fr: 'Les mesures sont conservées tant que le point de mesure est le vôtre. Ensuite vous pouvez les exporter pendant 400 jours. Si vous les effacez, leur clé est détruite. Le journal des autorisations est conservé comme preuve, sans mesures.',
      de: 'Messwerte bleiben gespeichert, solange Sie den Messpunkt haben. Danach können Sie sie noch 400 Tage lang ausführen. Löschen Sie sie, wird ihr Schlüssel vernichtet. Das Protokoll der Freigaben bleibt als Nachweis, ohne Messwerte.',
      en: 'What is measured is kept for as long as the metering point is yours. Afterwards you can export it for 400 days. If you erase it, its key is destroyed. The log of permissions is kept as proof, without anything measured.',
    },
  },
]
