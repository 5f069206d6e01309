// Dutch: what is said and what to do next when the backend or a release file says no, or a question could not be asked.

import type { RefusalWords } from '../dictionary.ts'

const HELP = '{command} --help legt uit wat er is.'

export const refusals: RefusalWords = {
  'request.invalid': { what: 'De aanvraag is niet geldig', next: 'Verbeter wat de server noemt, en vraag opnieuw.' },
  'range.invalid': { what: 'De periode is niet geldig', next: 'Geef een begin dat voor het einde ligt.' },
  'column.unknown': {
    what: 'Er is geen kolom met deze naam',
    next: 'Vergelijk de naam met de beschrijving van de API.',
  },
  'cursor.invalid': { what: 'De cursor is er geen van ons', next: 'Begin opnieuw zonder cursor.' },
  'access.missing': {
    what: 'Er is een toegangssleutel nodig',
    next: 'Kijk NRT_OPERATOR_KEY na, of vraag een nieuwe sleutel (npm run add-operator).',
  },
  'access.throttled': {
    what: 'Te veel verkeerde toegangssleutels van dit adres',
    next: 'Wacht een minuut en vraag opnieuw met de juiste sleutel.',
  },
  'role.missing': {
    what: 'Deze sleutel dient voor iets anders',
    next: 'Gebruik een sleutel die hiervoor dient: die van een operator komt van npm run add-operator.',
  },
  'sign-in.stale': {
    what: 'Hiervoor moet u net zijn aangemeld',
    next: 'Meld u opnieuw aan op de pagina van het portaal en doe het meteen daarna opnieuw.',
  },
  'sign-in.nowhere': {
    what: 'Onder deze naam kan niemand zich aanmelden',
    next: 'Zet NRT_PUBLIC_URL op het adres waaronder men deze server bereikt.',
  },
  'sign-in.cancelled': { what: 'Het aanmelden is afgebroken', next: 'Meld u opnieuw aan wanneer u wilt.' },
  'sign-in.expired': { what: 'Het aanmelden duurde te lang', next: 'Begin opnieuw met aanmelden.' },
  'sign-in.failed': {
    what: 'Het antwoord van de identiteitsdienst klopt niet',
    next: 'Begin opnieuw met aanmelden; blijft het zo, meld het aan de beheerder.',
  },
  'sign-in.unavailable': { what: 'De identiteitsdienst antwoordt niet', next: 'Wacht even en meld u opnieuw aan.' },
  'csrf.missing': { what: 'Dit kwam niet van onze eigen pagina', next: 'Laad de pagina opnieuw en herhaal het.' },
  'mandate.unknown': { what: 'U hebt geen mandaat dat hierbij past', next: 'Vraag wie het gaf om een nieuwe code.' },
  'mandate.own': { what: 'Dit is uw eigen mandaat', next: 'Geef de code aan de andere persoon.' },
  'mandate.too-many': { what: 'Er staan te veel mandaten open', next: 'Beëindig er een dat niet meer nodig is.' },
  'token.invalid': { what: 'Dit token is niet van ons', next: 'Haal een nieuw token op bij /oauth/token.' },
  'token.expired': { what: 'Dit token is verlopen', next: 'Haal een nieuw op bij /oauth/token.' },
  'token.foreign': {
    what: 'Dit token is voor een andere server',
    next: 'Haal er een bij /oauth/token van deze server.',
  },
  'assertion.invalid': {
    what: 'De assertion bewijst niet wie vraagt',
    next: 'Vergelijk kid, sleutel en claims met wat de beheerder van de ESP heeft toegevoegd.',
  },
  'assertion.expired': {
    what: 'De assertion is verlopen',
    next: 'Maak voor elke aanvraag een nieuwe; zet de klok met NTP.',
  },
  'assertion.foreign': {
    what: 'De assertion is voor een andere server',
    next: 'Gebruik issuer of token endpoint van deze server als aud.',
  },
  'assertion.replayed': {
    what: 'De assertion is al gebruikt',
    next: 'Maak voor elke aanvraag een nieuwe, met een nieuwe jti.',
  },
  'grant.unsupported': {
    what: 'Deze weg naar een token wordt niet aangeboden',
    next: 'Vraag met grant_type=client_credentials.',
  },
  'esp-key.invalid': {
    what: 'Dit is geen publieke sleutel voor handtekeningen hier',
    next: 'Stuur de publieke helft van een P-256-sleutel.',
  },
  'esp-key.known': { what: 'Deze sleutel, of zijn id, is er al', next: 'Maak een nieuw sleutelpaar.' },
  'esp-key.too-many': { what: 'Deze ESP heeft te veel sleutels', next: 'Trek er een in die niet meer wordt gebruikt.' },
  'esp-key.unknown': {
    what: 'U beheert geen ESP of sleutel die hierbij past',
    next: 'Vraag een operator wie deze ESP beheert.',
  },
  'certificate.missing': {
    what: 'De servers van deze ESP tonen een certificaat',
    next: 'Verbind met het certificaat dat geregistreerd is.',
  },
  'certificate.foreign': {
    what: 'Dit is een ander certificaat',
    next: 'Verbind met het geregistreerde, en haal een nieuw token.',
  },
  'certificate.expired': { what: 'Dit certificaat geldt nu niet', next: 'Registreer een nieuw en verbind ermee.' },
  'esp-certificate.invalid': {
    what: 'Dit is geen certificaat dat hier getoond kan worden',
    next: 'Stuur één certificaat als PEM, zonder zijn sleutel, dat niet verlopen is.',
  },
  'esp-certificate.known': {
    what: 'Dit certificaat is er al',
    next: 'Maak een nieuw; een ingetrokken certificaat komt niet terug.',
  },
  'esp-certificate.too-many': {
    what: 'Deze ESP heeft te veel certificaten',
    next: 'Trek er een in dat niet meer wordt gebruikt.',
  },
  'esp-certificate.unknown': {
    what: 'U beheert geen ESP of certificaat dat hierbij past',
    next: 'Vraag een operator wie deze ESP beheert.',
  },
  'dongle.unknown': { what: 'Er is geen dongle met dit nummer', next: 'Vergelijk het nummer met het label.' },
  'dongle.other-key': {
    what: 'Een dongle met dit nummer is bekend met een andere sleutel',
    next: 'Maak de dongle opnieuw met nrt flash --new-identity.',
  },
  'dongle.wrong-state': {
    what: 'Dat kan niet in de toestand van deze dongle',
    next: 'Bekijk hem met nrt dongle show.',
  },
  'metering-point.unknown': { what: 'Deze account heeft dit meetpunt niet', next: 'Kijk het nummer en de account na.' },
  'dongle.busy': {
    what: 'De dongle is nog bezig met de vorige opdracht',
    next: 'Wacht even, of kijk met nrt dongle show.',
  },
  'release.unknown': { what: 'Er is geen release met deze versie', next: 'nrt release list toont welke er zijn.' },
  'release.untrusted': {
    what: 'De release is niet ondertekend zoals het moet',
    next: 'Laat ze ondertekenen door mensen van wie de server de sleutel vertrouwt, en dien ze opnieuw in.',
  },
  'release.known': { what: 'Er is een andere release met deze versie', next: 'Maak de uwe met een hogere versie.' },
  'action.unknown': { what: 'Deze dongle heeft zo geen actie', next: 'Vraag zijn acties opnieuw op.' },
  'action.closed': { what: 'Deze actie is voorbij', next: 'U hoeft niets te doen.' },
  'rollout.unknown': { what: 'Er is geen uitrol met dit nummer', next: 'nrt rollout list toont welke er zijn.' },
  'rollout.busy': { what: 'Er loopt al een andere uitrol', next: 'Wacht op het einde ervan, of annuleer hem eerst.' },
  'rollout.empty': {
    what: 'Er is geen dongle voor deze release',
    next: 'Kijk na of bord en engine van de release die van uw dongles zijn.',
  },
  'rollout.same-person': {
    what: 'Wie het voorstelde, kan het niet goedkeuren',
    next: 'Er zijn twee personen nodig: laat iemand anders goedkeuren, met een eigen sleutel.',
  },
  'rollout.wrong-state': {
    what: 'Dat kan niet in de toestand van deze uitrol',
    next: 'nrt rollout status toont hoever hij staat.',
  },
  'claim.malformed': { what: 'Het nummer of de claimcode is verkeerd getypt', next: 'Vergelijk met het label.' },
  'claim.refused': {
    what: 'Deze claimcode hoort niet bij zo’n dongle',
    next: 'Vergelijk nummer en code met het label.',
  },
  'claim.throttled': {
    what: 'Te veel verkeerde claimcodes',
    next: 'Wacht een minuut en kijk nog eens naar het label.',
  },
  'account.unknown': { what: 'Er is geen account met dit nummer', next: 'Kijk het nummer van de account na.' },
  'account.locked': { what: 'Deze account is geblokkeerd', next: 'Vraag de operator waarom, en wat ze weer opent.' },
  'account.own': { what: 'Dit is uw eigen account', next: 'Vraag het aan een andere operator.' },
  'holder.taken': { what: 'Deze persoon heeft al een andere account', next: 'Gebruik die account.' },
  'register.elsewhere': {
    what: 'Het toegangsregister wordt elders bijgehouden',
    next: 'Wijzig de gegevens waar het bijgehouden wordt.',
  },
  'register.import-invalid': {
    what: 'Gegevens van het toegangsregister zijn fout',
    next: 'Verbeter de regels die de server noemt; er is niets overgenomen.',
  },
  'route.unknown': { what: 'Op dit adres is niets', next: 'Kijk NRT_URL na; de server kan een andere versie hebben.' },
  'live.full': { what: 'Er staan te veel live verbindingen open', next: 'Probeer het straks opnieuw.' },
  'store.unavailable': {
    what: 'De opslag kan nu niet antwoorden',
    next: 'Probeer het straks opnieuw; er is niets gewijzigd.',
  },
  'internal.broken': {
    what: 'Er ging bij ons iets mis',
    next: 'Probeer opnieuw; blijft het zo, meld het dan aan de makers.',
  },

  'release.malformed': {
    what: 'Dit is geen release: het bestand is beschadigd of afgebroken',
    next: 'Haal het bestand opnieuw bij wie het gemaakt heeft.',
  },
  'release.other-program': {
    what: 'Het programma is niet dat van het manifest',
    next: 'Gebruik dit bestand niet. Haal het opnieuw bij wie het gemaakt heeft.',
  },
  'release.signature-wrong': {
    what: 'De handtekening van sleutel {keyId} is niet van dit manifest',
    next: 'Gebruik dit bestand niet: het kan vervalst zijn. Haal het opnieuw bij wie het gemaakt heeft.',
  },
  'release.too-few-signatures': {
    what: 'Er tekenden {signed} vertrouwde sleutels, er zijn er {needed} nodig',
    next: 'Laat nog iemand ondertekenen: nrt release sign.',
  },

  'letter.unknown': {
    what: 'Er wacht geen dead letter met dit nummer',
    next: 'nrt replay list toont welke er wachten.',
  },
  'backup.nowhere': {
    what: 'De server heeft geen map voor back-ups',
    next: 'Stel NRT_BACKUP_DIR in voor de server, op een andere schijf dan de database, en start hem opnieuw.',
  },
  'backup.elsewhere': {
    what: 'De server slaat op in PostgreSQL, waarvan de eigen hulpmiddelen de back-ups maken',
    next: 'Gebruik pg_dump of pg_basebackup; zie docs/operating.md.',
  },
  'backup.exists': {
    what: 'Er is al iets met deze naam',
    next: 'Neem een andere naam: een back-up wordt nooit overschreven.',
  },
  'backup.failed': {
    what: 'De back-up is mislukt: {why}',
    next: 'Kijk in het log van de server en naar zijn schijf, en maak er dan nog een.',
  },
  'backup.broken': {
    what: 'Dit is geen back-up, of geen hele: {why}',
    next: 'Maak een andere; bewaar deze apart tot u die hebt.',
  },
  'data.exists': {
    what: 'Er staat al een database in {where}',
    next: 'Noem een lege map met --data-dir, of zet opzij wat er staat met --move-aside.',
  },
  'data.elsewhere': {
    what: 'NRT_DATABASE_URL staat aan: deze server bewaart in PostgreSQL',
    next: 'Zet terug met de hulpmiddelen van PostgreSQL; haal de instelling weg voor een SQLite-bestand.',
  },
  'data.in-use': {
    what: 'Er draait een server op {where}',
    next: 'Stop hem eerst; terugzetten gebeurt nooit onder een draaiende server.',
  },
  'operator.no-key': {
    what: 'NRT_OPERATOR_KEY is niet ingevuld',
    next: 'Zet er uw eigen sleutel in (npm run add-operator).',
  },
  'backend.bad-address': {
    what: '{url} is geen adres waar een sleutel naartoe mag',
    next: 'Zet in NRT_URL https://…; http alleen als de backend op deze computer draait (http://127.0.0.1:8080).',
  },
  'backend.unreachable': {
    what: 'De backend op {url} antwoordt niet: {why}',
    next: 'Kijk NRT_URL en het netwerk na, en vraag opnieuw.',
  },
  'file.unreadable': {
    what: 'Een bestand kan niet gelezen of geschreven worden: {why}',
    next: 'Kijk zijn pad en zijn rechten na.',
  },
  'file.exists': { what: '{path} bestaat al en wordt niet overschreven', next: 'Noem een ander bestand.' },
  'key.unguarded': {
    what: 'Een sleutel vraagt een wachtwoordzin',
    next: 'Geef --passphrase-file of NRT_RELEASE_PASSPHRASE; --no-passphrase als de sleutel open mag liggen.',
  },
  'key.unopened': {
    what: '{path} is geen Ed25519-sleutel, of de wachtwoordzin hoort er niet bij',
    next: 'Kijk het bestand en de wachtwoordzin na.',
  },
  'keys.unusable': {
    what: '{path} is geen lijst van genoeg verschillende sleutels ({why})',
    next: 'Er staan de regels van de .pub-bestanden in, elke sleutel één keer.',
  },
  'name.malformed': { what: '--name past niet', next: 'Het zijn 1 tot 32 gewone tekens zonder spaties.' },
  'number.malformed': { what: '{option} past niet: "{text}"', next: 'Het is een geheel getal van 1 tot 4294967295.' },
  'floor.high': {
    what: 'Een release ligt niet onder haar eigen ondergrens',
    next: 'Geef een --floor die hoogstens de --version is.',
  },
  'program.size': {
    what: '{path} heeft {bytes} bytes, een programma heeft er 1 tot {bytesMax}',
    next: 'Bouw het: npm run build:firmware.',
  },
  'window.malformed': { what: '--window past niet: "{text}"', next: 'Schrijf het als 01:00-05:00.' },
  'plan.malformed': {
    what: '--plan is geen JSON: {why}',
    next: 'Schrijf het als {"waves": [{"dongles": 2}, {"permille": 1000}]}.',
  },

  'usage.unknown-option': { what: 'Er is geen optie {name}', next: HELP },
  'usage.unknown-command': { what: 'Er is geen commando {name}', next: HELP },
  'usage.missing-argument': { what: '{name} ontbreekt', next: HELP },
  'usage.missing-option': { what: 'De optie {name} moet gegeven worden', next: HELP },
  'usage.missing-value': { what: 'De optie {name} vraagt een waarde', next: HELP },
  'usage.wrong-value': { what: '{name} kan niet {other} zijn', next: HELP },
  'usage.conflict': { what: '{name} en {other} gaan niet samen', next: HELP },
  'usage.too-many': { what: 'Er staat meer op de regel dan dit commando aanneemt', next: HELP },
}
