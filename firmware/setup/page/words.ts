// What the setup page says, in four languages. A reason's number (docs/reasons.md) finds its sentence through wordOf: many reasons
// have the same cure, and the number is shown beside it for whoever reads it out to somebody.

const en = {
  title: 'Connect the dongle to your Wi-Fi',
  choose: 'Choose your network',
  again: 'Search again',
  searching: 'Searching for networks…',
  none: 'No network found. Search again, or type its name.',
  otherNetwork: 'Another network (hidden)',
  ssid: 'Name of the network',
  password: 'Password of the network',
  show: 'Show passwords',
  second: 'A second network, for when the first is away (optional)',
  go: 'Connect',
  strong: 'strong',
  good: 'good',
  weak: 'weak',
  tooWeak: 'too weak',
  open: 'no password',
  joining: 'Trying network “%”. Your phone may leave the dongle’s network for a moment; that is all right.',
  reaching: 'Network “%” is joined. Looking for our service…',
  lost: 'Your phone is no longer in the dongle’s network. Join % again (symbol 1 on the label); this page goes on by itself.',
  done: 'All is well: the dongle is connected, and its own network closes now. Next: scan symbol 2 on the label.',
  kept: 'Kept. The dongle goes on trying by itself, and its own network closes now. Next: scan symbol 2 on the label.',
  fine: 'Network “%” works.',
  keep: 'Keep this network all the same',
  shortPassword: 'The password of “%” has at least 8 characters.',
  noName: 'Choose a network first, or type its name.',
  code: 'Code %',
  meterGood: 'The meter sends data.',
  wrongPassword: 'The password of “%” is not right. Type it again: capitals count.',
  noNetwork: 'There is no network “%” within reach. Is it switched on, on 2.4 GHz, and spelt like this?',
  weakNetwork: 'Network “%” is too far away. Bring an access point nearer, or choose another network.',
  refused: 'Network “%” refuses the dongle. Restart your router; if it lets in known devices only, allow this one.',
  noAddress: 'Network “%” gives the dongle no address. Restart your router and try again.',
  noInternet: 'Network “%” has no internet. Does it work on your phone? Restart your router and try again.',
  portal: 'Network “%” wants a sign-in in a browser first; a dongle cannot do that. Choose another network.',
  unreachable:
    'Network “%” works, but our service cannot be reached. You may keep it: the dongle goes on trying, and loses nothing meanwhile.',
  unknown: 'Our service does not know this dongle. Call your installer and read this code out.',
  p1Silent:
    'The meter sends nothing: its customer port (P1) is closed, or the cable is loose. Your grid operator opens it free of charge: Flanders: mijn.fluvius.be (up to 72 hours); Wallonia: ORES 078 15 78 01, or resa.be; Brussels: sibelga.be. You may go on here meanwhile.',
  p1Unreadable:
    'Something comes from the meter, but it cannot be read. Push the plug in firmly; if this stays, call your installer.',
}

export type Words = typeof en
export type Word = keyof Words

const nl: Words = {
  title: 'Verbind de dongle met uw wifi',
  choose: 'Kies uw netwerk',
  again: 'Opnieuw zoeken',
  searching: 'Netwerken zoeken…',
  none: 'Geen netwerk gevonden. Zoek opnieuw, of typ de naam.',
  otherNetwork: 'Een ander netwerk (verborgen)',
  ssid: 'Naam van het netwerk',
  password: 'Wachtwoord van het netwerk',
  show: 'Toon wachtwoorden',
  second: 'Een tweede netwerk, voor als het eerste weg is (mag leeg blijven)',
  go: 'Verbinden',
  strong: 'sterk',
  good: 'goed',
  weak: 'zwak',
  tooWeak: 'te zwak',
  open: 'geen wachtwoord',
  joining: 'Netwerk “%” wordt geprobeerd. Uw telefoon kan even uit het netwerk van de dongle vallen; dat is normaal.',
  reaching: 'Netwerk “%” is verbonden. Onze dienst wordt gezocht…',
  lost: 'Uw telefoon zit niet meer in het netwerk van de dongle. Verbind opnieuw met % (symbool 1 op het etiket); deze pagina gaat vanzelf verder.',
  done: 'Alles in orde: de dongle is verbonden en zijn eigen netwerk sluit nu. Volgende stap: scan symbool 2 op het etiket.',
  kept: 'Bewaard. De dongle blijft het zelf proberen en zijn eigen netwerk sluit nu. Volgende stap: scan symbool 2 op het etiket.',
  fine: 'Netwerk “%” werkt.',
  keep: 'Dit netwerk toch bewaren',
  shortPassword: 'Het wachtwoord van “%” heeft minstens 8 tekens.',
  noName: 'Kies eerst een netwerk, of typ de naam.',
  code: 'Code %',
  meterGood: 'De meter stuurt gegevens.',
  wrongPassword: 'Het wachtwoord van “%” klopt niet. Typ het opnieuw: let op hoofdletters.',
  noNetwork: 'Er is geen netwerk “%” binnen bereik. Staat het aan, op 2,4 GHz, en wordt het zo geschreven?',
  weakNetwork: 'Netwerk “%” is te ver weg. Zet een toegangspunt dichterbij, of kies een ander netwerk.',
  refused:
    'Netwerk “%” weigert de dongle. Herstart uw router; laat die alleen bekende toestellen toe, voeg dit dan toe.',
  noAddress: 'Netwerk “%” geeft de dongle geen adres. Herstart uw router en probeer opnieuw.',
  noInternet: 'Netwerk “%” heeft geen internet. Werkt het op uw telefoon? Herstart uw router en probeer opnieuw.',
  portal: 'Netwerk “%” vraagt eerst een aanmelding in een browser; dat kan een dongle niet. Kies een ander netwerk.',
  unreachable:
    'Netwerk “%” werkt, maar onze dienst is niet bereikbaar. U mag het bewaren: de dongle blijft proberen en verliest intussen niets.',
  unknown: 'Onze dienst kent deze dongle niet. Bel uw installateur en lees deze code voor.',
  p1Silent:
    'De meter stuurt niets: de klantpoort (P1) is gesloten, of de kabel zit los. Uw netbeheerder opent ze gratis: Vlaanderen: mijn.fluvius.be (tot 72 uur); Wallonië: ORES 078 15 78 01, of resa.be; Brussel: sibelga.be. U kunt hier intussen verdergaan.',
  p1Unreadable:
    'Er komt iets van de meter, maar het is niet leesbaar. Duw de stekker goed in; blijft dit, bel dan uw installateur.',
}

const fr: Words = {
  title: 'Connectez le dongle à votre Wi-Fi',
  choose: 'Choisissez votre réseau',
  again: 'Chercher à nouveau',
  searching: 'Recherche des réseaux…',
  none: 'Aucun réseau trouvé. Cherchez à nouveau, ou tapez son nom.',
  otherNetwork: 'Un autre réseau (caché)',
  ssid: 'Nom du réseau',
  password: 'Mot de passe du réseau',
  show: 'Montrer les mots de passe',
  second: 'Un deuxième réseau, quand le premier est absent (facultatif)',
  go: 'Connecter',
  strong: 'fort',
  good: 'bon',
  weak: 'faible',
  tooWeak: 'trop faible',
  open: 'sans mot de passe',
  joining: 'Essai du réseau « % ». Votre téléphone peut quitter un instant le réseau du dongle ; c’est normal.',
  reaching: 'Le réseau « % » est rejoint. Recherche de notre service…',
  lost: 'Votre téléphone n’est plus dans le réseau du dongle. Rejoignez % (symbole 1 de l’étiquette) ; cette page continue d’elle-même.',
  done: 'Tout va bien : le dongle est connecté, et son propre réseau se ferme maintenant. Ensuite : scannez le symbole 2 de l’étiquette.',
  kept: 'Gardé. Le dongle continue d’essayer de lui-même, et son propre réseau se ferme maintenant. Ensuite : scannez le symbole 2 de l’étiquette.',
  fine: 'Le réseau « % » fonctionne.',
  keep: 'Garder ce réseau quand même',
  shortPassword: 'Le mot de passe de « % » a au moins 8 caractères.',
  noName: 'Choisissez d’abord un réseau, ou tapez son nom.',
  code: 'Code %',
  meterGood: 'Le compteur envoie des données.',
  wrongPassword: 'Le mot de passe de « % » n’est pas correct. Retapez-le : les majuscules comptent.',
  noNetwork: 'Aucun réseau « % » à portée. Est-il allumé, en 2,4 GHz, et s’écrit-il ainsi ?',
  weakNetwork: 'Le réseau « % » est trop loin. Rapprochez un point d’accès, ou choisissez un autre réseau.',
  refused:
    'Le réseau « % » refuse le dongle. Redémarrez votre routeur ; s’il n’admet que les appareils connus, ajoutez celui-ci.',
  noAddress: 'Le réseau « % » ne donne pas d’adresse au dongle. Redémarrez votre routeur et réessayez.',
  noInternet:
    'Le réseau « % » n’a pas d’internet. Fonctionne-t-il sur votre téléphone ? Redémarrez votre routeur et réessayez.',
  portal:
    'Le réseau « % » demande d’abord une connexion dans un navigateur ; un dongle ne le peut pas. Choisissez un autre réseau.',
  unreachable:
    'Le réseau « % » fonctionne, mais notre service est injoignable. Vous pouvez le garder : le dongle continue d’essayer et ne perd rien entre-temps.',
  unknown: 'Notre service ne connaît pas ce dongle. Appelez votre installateur et lisez-lui ce code.',
  p1Silent:
    'Le compteur n’envoie rien : son port client (P1) est fermé, ou le câble est lâche. Votre gestionnaire de réseau l’ouvre gratuitement : Flandre : mijn.fluvius.be (jusqu’à 72 heures) ; Wallonie : ORES 078 15 78 01, ou resa.be ; Bruxelles : sibelga.be. Vous pouvez continuer ici entre-temps.',
  p1Unreadable:
    'Quelque chose vient du compteur, mais ce n’est pas lisible. Enfoncez bien la fiche ; si cela persiste, appelez votre installateur.',
}

const de: Words = {
  title: 'Verbinden Sie den Dongle mit Ihrem WLAN',
  choose: 'Wählen Sie Ihr Netz',
  again: 'Neu suchen',
  searching: 'Netze werden gesucht…',
  none: 'Kein Netz gefunden. Suchen Sie neu, oder tippen Sie den Namen.',
  otherNetwork: 'Ein anderes Netz (verborgen)',
  ssid: 'Name des Netzes',
  password: 'Passwort des Netzes',
  show: 'Passwörter zeigen',
  second: 'Ein zweites Netz, falls das erste fehlt (freiwillig)',
  go: 'Verbinden',
  strong: 'stark',
  good: 'gut',
  weak: 'schwach',
  tooWeak: 'zu schwach',
  open: 'ohne Passwort',
  joining: 'Netz „%“ wird versucht. Ihr Telefon verlässt vielleicht kurz das Netz des Dongles; das ist in Ordnung.',
  reaching: 'Netz „%“ ist verbunden. Unser Dienst wird gesucht…',
  lost: 'Ihr Telefon ist nicht mehr im Netz des Dongles. Verbinden Sie es wieder mit % (Symbol 1 auf dem Etikett); diese Seite geht von selbst weiter.',
  done: 'Alles gut: Der Dongle ist verbunden, sein eigenes Netz schließt jetzt. Als Nächstes: Symbol 2 auf dem Etikett scannen.',
  kept: 'Behalten. Der Dongle versucht es von selbst weiter, sein eigenes Netz schließt jetzt. Als Nächstes: Symbol 2 auf dem Etikett scannen.',
  fine: 'Netz „%“ funktioniert.',
  keep: 'Dieses Netz trotzdem behalten',
  shortPassword: 'Das Passwort von „%“ hat mindestens 8 Zeichen.',
  noName: 'Wählen Sie zuerst ein Netz, oder tippen Sie den Namen.',
  code: 'Code %',
  meterGood: 'Der Zähler sendet Daten.',
  wrongPassword: 'Das Passwort von „%“ stimmt nicht. Tippen Sie es neu: Großbuchstaben zählen.',
  noNetwork: 'Es gibt kein Netz „%“ in Reichweite. Ist es an, auf 2,4 GHz, und so geschrieben?',
  weakNetwork: 'Netz „%“ ist zu weit weg. Stellen Sie einen Zugangspunkt näher, oder wählen Sie ein anderes Netz.',
  refused:
    'Netz „%“ weist den Dongle ab. Starten Sie den Router neu; lässt er nur bekannte Geräte zu, erlauben Sie dieses.',
  noAddress: 'Netz „%“ gibt dem Dongle keine Adresse. Starten Sie den Router neu und versuchen Sie es wieder.',
  noInternet:
    'Netz „%“ hat kein Internet. Geht es auf Ihrem Telefon? Starten Sie den Router neu und versuchen Sie es wieder.',
  portal: 'Netz „%“ verlangt zuerst eine Anmeldung im Browser; das kann ein Dongle nicht. Wählen Sie ein anderes Netz.',
  unreachable:
    'Netz „%“ funktioniert, aber unser Dienst ist nicht erreichbar. Sie dürfen es behalten: Der Dongle versucht es weiter und verliert inzwischen nichts.',
  unknown: 'Unser Dienst kennt diesen Dongle nicht. Rufen Sie Ihren Installateur an und lesen Sie diesen Code vor.',
  p1Silent:
    'Der Zähler sendet nichts: Sein Kundenanschluss (P1) ist geschlossen, oder das Kabel sitzt lose. Ihr Netzbetreiber öffnet ihn kostenlos: Flandern: mijn.fluvius.be (bis 72 Stunden); Wallonie: ORES 078 15 78 01, oder resa.be; Brüssel: sibelga.be. Sie können hier inzwischen weitermachen.',
  p1Unreadable:
    'Vom Zähler kommt etwas, aber es ist nicht lesbar. Drücken Sie den Stecker fest ein; bleibt es so, rufen Sie Ihren Installateur an.',
}

export const LANGUAGES: { [language: string]: Words } = { nl, fr, de, en }

/** Which reasons have which sentence, as docs/reasons.md lists them. */
export const SENTENCES: [Word, number[]][] = [
  ['wrongPassword', [4, 6]],
  ['noNetwork', [1]],
  ['weakNetwork', [5, 10, 13]],
  ['refused', [2, 3, 7, 8, 9]],
  ['noAddress', [11]],
  ['noInternet', [15, 16, 17]],
  ['portal', [19, 26]],
  ['unknown', [29]],
  ['p1Silent', [39]],
  ['p1Unreadable', [40]],
]

/** The sentence of a reason. What is not named lies between the network and our service. */
export function wordOf(reason: number): Word {
  return SENTENCES.find(([, reasons]) => reasons.includes(reason))?.[0] ?? 'unreachable'
}
