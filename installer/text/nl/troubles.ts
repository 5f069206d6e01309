// Dutch: what happened and what to do next, for each way in which making a dongle can fail.

import type { TroubleWords } from '../dictionary.ts'

export const troubles: TroubleWords = {
  'config.unreadable': {
    what: '{path} is geen flashconfiguratie: {why}',
    next: 'Verbeter het bestand, of noem een ander met --config.',
  },
  'regions.overlap': {
    what: 'In de flashconfiguratie overlappen {first} en {second}.',
    next: 'Verbeter de adressen in flash.config.json; er is niets geschreven.',
  },
  'engine.missing': {
    what: 'Het enginebestand {path} ({what}) kan niet gelezen worden.',
    next: 'Zet de build van de engine daar (docs/installing.md, "The engine").',
  },
  'engine.unpinned': {
    what: 'Niemand staat in voor het enginebestand {path}: flash.config.json heeft er geen sha256 voor.',
    next: 'Vertrouwt u waar het vandaan komt: nrt flash --pin kijkt de bestanden na en vult hun hash in.',
  },
  'engine.hash': {
    what: 'Het enginebestand {path} is niet dat van flash.config.json: zijn SHA-256 is {sha256}.',
    next: 'Haal de build opnieuw waar hij uitgebracht werd; pas de hash niet aan om hem te doen kloppen.',
  },
  'engine.malformed': {
    what: 'Het enginebestand {path} is beschadigd of is er geen: {why}.',
    next: 'Haal de build opnieuw; het zijn drie bestanden, elk met zijn plaats in flash.config.json.',
  },
  'engine.other-chip': {
    what: 'Het enginebestand {path} is voor de chip {chip}, niet voor {wanted}.',
    next: 'Haal de build voor {wanted}; er is niets geschreven.',
  },
  'engine.version': {
    what: 'Het enginebestand {path} zegt {found}, flash.config.json wil {wanted}.',
    next: 'Haal de gevraagde versie: flash.config.json zegt waarom die.',
  },
  'engine.layout': {
    what: 'De partitietabel {path} past niet: {why}.',
    next: 'Neem de tabel van dezelfde build als de engine (bord ESP32, 4 MB); er is niets geschreven.',
  },
  'bundle.missing': {
    what: 'Het programma {path} kan niet gelezen worden of past niet.',
    next: 'Bouw het: npm run build:firmware.',
  },
  'networks.unreadable': {
    what: 'Het bestand met netwerken {path} is niet bruikbaar: {why}',
    next: 'Het is JSON: [{"ssid": "...", "password": "..."}], hoogstens 4 netwerken.',
  },
  'journal.unusable': {
    what: 'Het logboek {path} is niet bruikbaar: {why}',
    next: 'Noem een ander met --journal; borden van deze tray die klaar zijn, worden dan opnieuw gedaan.',
  },
  'key.missing': {
    what: 'Er is geen installateurssleutel, dus kan de dongle niet geregistreerd worden.',
    next: 'Vul NRT_INSTALLER_KEY of --key-file in (de operator maakt er een: npm run add-installer).',
  },
  'port.none': {
    what: 'Er is geen seriële poort gevonden.',
    next: 'Sluit het bord aan met een kabel die ook data draagt; op Linux moet u in de groep dialout zitten.',
  },
  'port.many': {
    what: 'Er zijn verschillende seriële poorten: {ports}',
    next: 'Noem er een met --port, of allemaal met --batch.',
  },
  'port.unknown': {
    what: 'Er is geen poort {port}.',
    next: 'nrt flash --list toont welke poorten er zijn.',
  },
  'port.busy': {
    what: 'De poort {port} is in gebruik door een ander programma.',
    next: 'Sluit de seriële monitor (of de andere nrt) die ze vasthoudt, en geef het commando opnieuw.',
  },
  'port.denied': {
    what: 'De poort {port} mag niet geopend worden: {why}',
    next: 'Op Linux: sudo usermod -aG dialout $USER, en meld u opnieuw aan.',
  },
  'port.lost': {
    what: 'De kabel werd uitgetrokken of de poort verdween bij {doing}.',
    next: 'Steek hem weer in en geef hetzelfde commando: het gaat verder vanaf wat op de chip staat.',
  },
  'chip.silent': {
    what: 'Op {port} antwoordt geen ESP32.',
    next: 'Houd BOOT ingedrukt, druk kort op EN, laat BOOT los en geef het commando opnieuw. Blijft het stil: een andere kabel.',
  },
  'chip.stopped': {
    what: 'De chip viel stil bij {doing}.',
    next: 'Kijk of het bord stroom heeft en de kabel goed zit, en geef hetzelfde commando opnieuw.',
  },
  'chip.garbled': {
    what: 'Wat de chip bij {baud} baud stuurt, is niet leesbaar.',
    next: 'Geef het commando opnieuw met --baud 115200, of neem een kortere kabel.',
  },
  'chip.wrong': {
    what: 'De chip is {chip}, het programma is voor {wanted}.',
    next: 'Neem een bord met een {wanted}; er is niets geschreven.',
  },
  'chip.small': {
    what: 'Het flashgeheugen heeft {hasKB} kB, er is {needsKB} kB nodig.',
    next: 'Neem een module met meer flashgeheugen; er is niets geschreven.',
  },
  'chip.other-dongle': {
    what: 'De dongle op de poort is niet {id}.',
    next: 'Vergelijk het nummer met het label van de dongle aan de kabel; er is niets gewijzigd.',
  },
  'chip.foreign-identity': {
    what: 'Op de chip staat een identiteit die deze versie niet kan lezen.',
    next: 'Is de dongle niet meer in gebruik, geef het commando dan opnieuw met --new-identity.',
  },
  'flash.refused': {
    what: 'De chip weigerde bij {doing}: {why}',
    next: 'Geef hetzelfde commando opnieuw; mislukt het op dezelfde plaats, dan is de module versleten of tegen schrijven beveiligd.',
  },
  'flash.differs': {
    what: 'Wat van {part} teruggelezen werd, is niet wat geschreven is.',
    next: 'Geef hetzelfde commando opnieuw; mislukt het op dezelfde plaats, dan is het flashgeheugen versleten: neem een andere module.',
  },
  'engine.absent': {
    what: 'Op {port} antwoordt geen Espruino-console.',
    next: 'Zonder --app-only wordt ook de engine geschreven.',
  },
  'engine.locked': {
    what: 'De dongle op {port} heeft zijn console vergrendeld.',
    next: 'Open ze even met de opdracht "console" (nrt dongle command), of geef het commando zonder --app-only.',
  },
  'engine.refused': {
    what: 'De engine nam {part} niet aan: {why}',
    next: 'Geef het commando opnieuw; mislukt het weer, geef het dan zonder --app-only.',
  },
  'selftest.silent': {
    what: 'De dongle is geschreven maar start niet: zijn console blijft stil.',
    next: 'Druk op EN; blijft het stil, meet dan de voeding (3,3 V, 500 mA) en geef het commando opnieuw.',
  },
  'selftest.failed': { what: 'De zelftest zegt: {said}', next: '{advice}' },
  'backend.bad-address': {
    what: '{url} is geen adres waar een sleutel naartoe mag.',
    next: 'Geef https://…; http alleen als de backend op deze computer draait (http://127.0.0.1:8080).',
  },
  'backend.unreachable': {
    what: 'De backend op {url} antwoordt niet: {why}',
    next: 'Kijk het adres en het netwerk na, en geef hetzelfde commando opnieuw: de dongle houdt zijn identiteit.',
  },
  'backend.refused': { what: 'De backend weigerde: {detail} ({problem})', next: '{advice}' },
  'dongle.bad-id': {
    what: '{id} is geen nummer van een dongle: het controleteken klopt niet.',
    next: 'Vergelijk het met het label, teken per teken.',
  },
  'label.no-place': {
    what: 'Labels kunnen niet naar {path} geschreven worden: {why}',
    next: 'Noem een andere map met --labels; er is niets gewijzigd.',
  },
  'label.unwritten': {
    what: 'Het label kon niet naar {path} geschreven worden: {why}',
    next: 'Maak plaats, kijk de printer na of noem een andere plaats met --labels, en geef dan nrt label {id}: dat maakt een nieuwe code.',
  },
  'internal.broken': {
    what: 'Er gebeurde iets waar niemand aan gedacht heeft: {why}',
    next: 'Geef het commando opnieuw; blijft het zo, zeg dan aan de makers wat hier staat.',
  },
}
