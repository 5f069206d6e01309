// What the page says itself; steps and troubles have their words in installer/text. A language that misses one does not compile.

import type { Language } from '../text/language.ts'

export type PageWord =
  | 'title'
  | 'unable'
  | 'key'
  | 'preload'
  | 'network'
  | 'password'
  | 'go'
  | 'progress'
  | 'keep'
  | 'print'
  | 'language'

export const PAGE: { [language in Language]: { [word in PageWord]: string } } = {
  en: {
    title: 'Make a dongle',
    unable: 'This browser cannot talk to a board. Use Chrome, Edge or Opera on a computer, at an https address.',
    key: 'Installer key',
    preload: 'Wi-Fi to preload (optional)',
    network: 'Network',
    password: 'Password',
    go: 'Choose the board and flash it',
    progress: 'Progress',
    keep: 'The label: print it now, it is not kept.',
    print: 'Print',
    language: 'Language',
  },
  nl: {
    title: 'Een dongle maken',
    unable:
      'Deze browser kan niet met een bord praten. Gebruik Chrome, Edge of Opera op een computer, op een https-adres.',
    key: 'Installateurssleutel',
    preload: 'Wifi vooraf invullen (niet verplicht)',
    network: 'Netwerk',
    password: 'Wachtwoord',
    go: 'Kies het bord en flash het',
    progress: 'Voortgang',
    keep: 'Het label: druk het nu af, het wordt niet bewaard.',
    print: 'Afdrukken',
    language: 'Taal',
  },
  fr: {
    title: 'Faire un dongle',
    unable:
      'Ce navigateur ne peut pas parler à une carte. Utilisez Chrome, Edge ou Opera sur un ordinateur, à une adresse https.',
    key: 'Clé d’installateur',
    preload: 'Wifi à préparer (facultatif)',
    network: 'Réseau',
    password: 'Mot de passe',
    go: 'Choisir la carte et la flasher',
    progress: 'Avancement',
    keep: 'L’étiquette : imprimez-la maintenant, elle n’est pas conservée.',
    print: 'Imprimer',
    language: 'Langue',
  },
  de: {
    title: 'Einen Dongle machen',
    unable:
      'Dieser Browser kann nicht mit einem Board sprechen. Nehmen Sie Chrome, Edge oder Opera auf einem Computer, an einer https-Adresse.',
    key: 'Installateurschlüssel',
    preload: 'WLAN vorab eintragen (freiwillig)',
    network: 'Netz',
    password: 'Passwort',
    go: 'Board wählen und flashen',
    progress: 'Fortschritt',
    keep: 'Das Etikett: Drucken Sie es jetzt, es wird nicht aufbewahrt.',
    print: 'Drucken',
    language: 'Sprache',
  },
}

/** Each language by its own name, for the switch. */
export const NAMES: { [language in Language]: string } = {
  nl: 'Nederlands',
  fr: 'Français',
  de: 'Deutsch',
  en: 'English',
}
