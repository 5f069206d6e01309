// What the embedded identity service says on its page, in the four languages.

export const SIGN_IN_LANGUAGES = ['nl', 'fr', 'de', 'en'] as const
export type SignInLanguage = (typeof SIGN_IN_LANGUAGES)[number]

export interface SignInWords {
  title: string
  login: string
  password: string
  keyHelp: string
  submit: string
  toNew: string
  newTitle: string
  person: string
  passwordHelp: string
  newSubmit: string
  toOld: string
  back: string
  over: string
  faults: { wrong: string; throttled: string; 'login.invalid': string; 'login.taken': string; 'password.short': string }
}

export const SIGN_IN_WORDS: { [language in SignInLanguage]: SignInWords } = {
  nl: {
    title: 'Aanmelden',
    login: 'Gebruikersnaam',
    password: 'Wachtwoord',
    keyHelp: 'Hebt u een toegangssleutel (nrt_…)? Vul die in als wachtwoord en laat de naam leeg.',
    submit: 'Aanmelden',
    toNew: 'Ik heb nog geen account',
    newTitle: 'Een account maken',
    person: 'Uw naam',
    passwordHelp: 'Ten minste 12 tekens. Een zin is goed.',
    newSubmit: 'Account maken',
    toOld: 'Ik heb al een account',
    back: 'Terug zonder aan te melden',
    over: 'Dit aanmelden is verlopen. Begin opnieuw op de pagina van het portaal.',
    faults: {
      wrong: 'Naam en wachtwoord passen niet bij elkaar. Na vijf foute pogingen is een naam een tijd gesloten.',
      throttled: 'Te veel pogingen vanaf dit adres. Wacht een minuut.',
      'login.invalid': 'Een gebruikersnaam heeft 3 tot 64 letters, cijfers of . _ @ + -',
      'login.taken': 'Deze gebruikersnaam is al in gebruik.',
      'password.short': 'Het wachtwoord heeft ten minste 12 tekens.',
    },
  },
  fr: {
    title: 'Se connecter',
    login: 'Nom d’utilisateur',
    password: 'Mot de passe',
    keyHelp: 'Vous avez une clé d’accès (nrt_…) ? Mettez-la comme mot de passe et laissez le nom vide.',
    submit: 'Se connecter',
    toNew: 'Je n’ai pas encore de compte',
    newTitle: 'Créer un compte',
    person: 'Votre nom',
    passwordHelp: 'Au moins 12 caractères. Une phrase convient.',
    newSubmit: 'Créer le compte',
    toOld: 'J’ai déjà un compte',
    back: 'Retour sans se connecter',
    over: 'Cette connexion a expiré. Recommencez depuis la page du portail.',
    faults: {
      wrong: 'Nom et mot de passe ne vont pas ensemble. Après cinq erreurs, un nom est fermé pour un moment.',
      throttled: 'Trop d’essais depuis cette adresse. Attendez une minute.',
      'login.invalid': 'Un nom d’utilisateur a de 3 à 64 lettres, chiffres ou . _ @ + -',
      'login.taken': 'Ce nom d’utilisateur est déjà pris.',
      'password.short': 'Le mot de passe a au moins 12 caractères.',
    },
  },
  de: {
    title: 'Anmelden',
    login: 'Benutzername',
    password: 'Passwort',
    keyHelp: 'Sie haben einen Zugangsschlüssel (nrt_…)? Geben Sie ihn als Passwort ein und lassen Sie den Namen leer.',
    submit: 'Anmelden',
    toNew: 'Ich habe noch kein Konto',
    newTitle: 'Ein Konto anlegen',
    person: 'Ihr Name',
    passwordHelp: 'Mindestens 12 Zeichen. Ein Satz ist gut.',
    newSubmit: 'Konto anlegen',
    toOld: 'Ich habe schon ein Konto',
    back: 'Zurück ohne Anmeldung',
    over: 'Diese Anmeldung ist abgelaufen. Beginnen Sie auf der Seite des Portals von vorn.',
    faults: {
      wrong: 'Name und Passwort passen nicht zusammen. Nach fünf Fehlern ist ein Name eine Weile gesperrt.',
      throttled: 'Zu viele Versuche von dieser Adresse. Warten Sie eine Minute.',
      'login.invalid': 'Ein Benutzername hat 3 bis 64 Buchstaben, Ziffern oder . _ @ + -',
      'login.taken': 'Diesen Benutzernamen gibt es schon.',
      'password.short': 'Das Passwort hat mindestens 12 Zeichen.',
    },
  },
  en: {
    title: 'Sign in',
    login: 'User name',
    password: 'Password',
    keyHelp: 'Do you have an access key (nrt_…)? Enter it as the password and leave the name empty.',
    submit: 'Sign in',
    toNew: 'I have no account yet',
    newTitle: 'Make an account',
    person: 'Your name',
    passwordHelp: 'At least 12 characters. A sentence is good.',
    newSubmit: 'Make the account',
    toOld: 'I have an account',
    back: 'Back without signing in',
    over: 'This sign-in has expired. Begin again on the portal’s page.',
    faults: {
      wrong: 'Name and password do not fit. After five wrong ones a name is closed for a while.',
      throttled: 'Too many tries from this address. Wait a minute.',
      'login.invalid': 'A user name has 3 to 64 letters, digits or . _ @ + -',
      'login.taken': 'This user name is taken.',
      'password.short': 'The password has at least 12 characters.',
    },
  },
}

/** The first of `wanted` (BCP 47, separated by blanks or commas) that we speak. */
export function signInLanguageOf(wanted: string | undefined): SignInLanguage {
  const tags = (wanted ?? '').split(/[\s,;]+/).map(tag => tag.slice(0, 2).toLowerCase())
  return SIGN_IN_LANGUAGES.find(language => language === tags.find(tag => isOurs(tag))) ?? 'nl'
}

function isOurs(tag: string): tag is SignInLanguage {
  return (SIGN_IN_LANGUAGES as readonly string[]).includes(tag)
}
