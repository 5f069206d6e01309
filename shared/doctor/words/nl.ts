// Nederlands.

import type { DoctorWords } from './dictionary.ts'

export const nl: DoctorWords = {
  verdicts: {
    'no-dongle': {
      say: 'Er is geen dongle gekoppeld aan dit toegangspunt.',
      next: 'Scan de code op het etiket van de dongle om hem te koppelen.',
    },
    revoked: {
      say: 'Deze dongle is geblokkeerd: hij is als verloren gemeld of buiten dienst gesteld.',
      next: 'Vraag de helpdesk om een andere dongle.',
    },
    mute: {
      say: 'Er komt helemaal niets van de dongle over deze kabel.',
      next: 'Gebruik een kabel die gegevens doorgeeft en druk op de knop EN van de print; vraag het dan opnieuw.',
    },
    'no-identity': { say: 'De dongle heeft geen identiteit.', next: 'Maak hem opnieuw met nrt flash.' },
    'brown-out': {
      say: 'De stroom valt telkens weg kort nadat de dongle start.',
      next: 'Geef hem een eigen USB-voeding van minstens 1 ampère.',
    },
    memory: {
      say: 'De dongle heeft te weinig geheugen.',
      next: 'Werk zijn software bij; komt het terug, geef de helpdesk dan de code memory.',
    },
    'program-error': {
      say: 'Het programma van de dongle stopte met een fout en is opnieuw gestart.',
      next: 'Werk zijn software bij; komt het terug, geef de helpdesk dan de code program-error.',
    },
    'p1-silent': {
      say: 'De meter stuurt niets naar de dongle.',
      next: 'Druk de stekker in tot hij klikt en laat uw netbeheerder de klantpoort (P1) openen.',
    },
    'p1-inverted': {
      say: 'Het signaal van de meter komt omgekeerd aan.',
      next: 'Vervang de dongle of adapter door een exemplaar met een inverter voor de P1-lijn.',
    },
    'p1-encrypted': {
      say: 'De meter versleutelt wat hij stuurt.',
      next: 'Vraag uw netbeheerder de sleutel van uw meter en geef die aan de helpdesk.',
    },
    'p1-noise': {
      say: 'Wat van de meter komt, is niet te lezen.',
      next: 'Controleer de kabel naar de meter: geen verlengstuk, stekker volledig in, geen ander toestel op dezelfde draad.',
    },
    'p1-half': {
      say: 'Veel berichten van de meter komen beschadigd aan.',
      next: 'Druk de stekker in tot hij klikt en gebruik de korte kabel die bij de dongle hoort.',
    },
    'not-set-up': {
      say: 'De dongle kent nog geen wifi.',
      next: 'Stel hem in: scan zijn etiket met uw telefoon en volg de stappen.',
    },
    'wifi-password': {
      say: 'De wifi aanvaardt het wachtwoord niet.',
      next: 'Geef het wifi-wachtwoord opnieuw in, let op hoofdletters en kleine letters.',
    },
    'wifi-missing': {
      say: 'De dongle vindt uw wifi niet.',
      next: 'Controleer of de router aan staat, op 2,4 GHz zendt, en of de naam precies zo gespeld is.',
    },
    'wifi-weak': {
      say: 'De wifi is te zwak op de plaats van de dongle.',
      next: 'Zet een wifi-versterker of de router dichter bij de meter.',
    },
    'wifi-refused': {
      say: 'De router laat de dongle niet toe.',
      next: 'Herstart de router; blijft het zo, kijk dan of hij toestellen beperkt of filtert.',
    },
    'no-internet': {
      say: 'De wifi werkt, maar bereikt het internet niet.',
      next: 'Herstart de router en probeer een webpagina op dezelfde wifi.',
    },
    portal: {
      say: 'De wifi vraagt een aanmeldpagina, die een dongle niet kan invullen.',
      next: 'Gebruik een andere wifi, bijvoorbeeld uw eigen netwerk in plaats van een gastnetwerk.',
    },
    'not-accepted': {
      say: 'Het platform aanvaardt deze dongle niet.',
      next: 'Geef de helpdesk het nummer op het etiket: hij moet geregistreerd worden.',
    },
    tls: {
      say: 'De dongle kan geen beveiligde verbinding maken.',
      next: 'Geef de helpdesk de code tls: zijn instellingen passen niet bij dit model.',
    },
    'not-stored': {
      say: 'Het platform ontvangt de metingen, maar bewaart ze nu niet.',
      next: 'Wacht: de dongle houdt alles bij en stuurt het later.',
    },
    'gateway-away': {
      say: 'De dongle heeft wifi, maar het platform antwoordt niet.',
      next: 'Wacht een kwartier; kunnen anderen wel verbinden, kijk dan of de firewall van de router de dongle tegenhoudt.',
    },
    restless: {
      say: 'De verbinding van de dongle valt telkens weg.',
      next: 'Herstart de router, en zet hem dichterbij als dat niet helpt.',
    },
    'never-heard': {
      say: 'De dongle heeft zich nog nooit gemeld.',
      next: 'Steek hem in en stel zijn wifi in met de code op het etiket.',
    },
    'out-of-reach': {
      say: 'De dongle is niet bereikbaar; er gaat niets verloren, hij bewaart de metingen.',
      next: 'Kijk naar zijn lampje: donker is geen stroom, drie keer knipperen geen wifi, twee keer geen internet.',
    },
    'ring-full': {
      say: 'Het geheugen voor metingen van de dongle is bijna vol.',
      next: 'Laat hem verbonden: het loopt binnen enkele uren vanzelf leeg.',
    },
    'on-trial': {
      say: 'De dongle probeert een gevraagde wijziging uit.',
      next: 'Wacht tien minuten en vraag het opnieuw.',
    },
    'change-returned': {
      say: 'De laatste wijziging werkte niet; de dongle is terug bij wat wel werkte.',
      next: 'Controleer de nieuwe instellingen, eerst het wifi-wachtwoord, en vraag de wijziging opnieuw.',
    },
    'change-failed': {
      say: 'De dongle kon de laatste wijziging niet bewaren.',
      next: 'Vraag de wijziging opnieuw; mislukt ze twee keer, vervang dan de dongle.',
    },
    'clock-wrong': {
      say: 'Alles is in orde, alleen de klok van de meter loopt fout; de metingen dragen onze tijd.',
      next: 'Meld uw netbeheerder dat de klok van de meter fout loopt.',
    },
    'not-bound': {
      say: 'De dongle werkt, maar is niet aan een toegangspunt gekoppeld.',
      next: 'Meld u aan en geef de code op het etiket in.',
    },
    connecting: { say: 'De dongle maakt verbinding.', next: 'Wacht twee minuten en vraag het opnieuw.' },
    'all-well': { say: 'Alles is in orde.', next: 'U hoeft niets te doen.' },
  },
  happenings: {
    'boot-first': 'Eerste start (nummer {n})',
    'boot-power': 'Gestart na stroomonderbreking (start {n})',
    'boot-asked': 'Herstart op vraag (start {n})',
    'boot-error': 'Herstart na een fout in het programma (start {n})',
    'boot-memory': 'Herstart omdat het geheugen op was (start {n})',
    'boot-network': 'Herstart omdat er geen netwerk was (start {n})',
    'quick-restarts': 'De stroom viel {n} keer na elkaar weg kort na de start',
    firmware: 'Draait versie {word}',
    p1: 'Lijn naar de meter: {word}',
    'telegrams-bad': '{n} beschadigde berichten van de meter',
    cut: 'Verbinding: {word} (code {n})',
    back: 'Terug na {n} minuten stilte',
    signal: 'Wifi-signaal {n} dBm',
    ring: 'Geheugen voor metingen {n} % vol',
    lost: '{n} metingen verloren',
    error: 'Een fout in het programma',
    memory: 'Geen geheugen meer',
    'no-identity': 'Heeft geen identiteit',
    'session-open': 'Verbonden met het platform',
    'session-closed': 'Losgekoppeld van het platform',
    'network-up': 'Verbonden met de wifi',
    'trial-ended': 'Een wijziging werkte niet en is teruggedraaid',
    order: 'Gevraagd: {word}',
    state: 'Nu: {word}',
  },
  p1: {
    none: 'goed',
    silence: 'stil',
    noise: 'ruis',
    inverted: 'omgekeerd',
    slow: 'te traag',
    parity: 'ander formaat',
    encrypted: 'versleuteld',
    half: 'berichten breken af',
    crc: 'foute controlesommen',
    flood: 'te veel',
    clock: 'de klok van de meter loopt fout',
  },
  states: {
    flashed: 'gemaakt',
    registered: 'bekend bij het platform',
    claimed: 'opgeëist',
    bound: 'gekoppeld aan een toegangspunt',
    suspended: 'gepauzeerd',
    transfer: 'in overdracht',
    lost: 'als verloren gemeld',
    retired: 'buiten dienst',
  },
  wishes: {
    interval: 'ander interval',
    fields: 'welke waarden hij stuurt',
    stop: 'stoppen met sturen',
    resume: 'weer sturen',
    diagnose: 'een verslag',
    restart: 'een herstart',
    'rotate-key': 'een nieuwe sleutel',
    wipe: 'alles wissen',
    console: 'de console openen',
    network: 'een ander netwerk',
  },
  outcomes: {
    queued: 'wacht',
    sent: 'verstuurd',
    begun: 'wordt geprobeerd',
    done: 'gedaan',
    refused: 'geweigerd',
    returned: 'werkte niet en is teruggedraaid',
    failed: 'kon niet bewaard worden',
    expired: 'verlopen',
  },
  causes: {
    'wifi-password': 'wachtwoord geweigerd',
    'wifi-missing': 'wifi niet gevonden',
    'wifi-weak': 'zwak signaal',
    'wifi-refused': 'geweigerd door de router',
    'no-internet': 'geen internet',
    portal: 'een aanmeldpagina ertussen',
    'gateway-away': 'het platform antwoordt niet',
    'not-accepted': 'niet aanvaard door het platform',
    tls: 'geen beveiligde verbinding',
    'not-stored': 'het platform bewaart niet',
    restless: 'onderbroken',
  },
}
