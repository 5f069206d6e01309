// Every way in which making a dongle can fail: a stable code, the class that gives the exit code, what happened and what to do
// next, in words. docs/installing.md shows the same table; a test holds the two together. No fact in here is ever a secret.

/** Exit codes of `nrt flash` and `nrt label`; 0 and 1 are as everywhere (done; in a batch: some board failed). */
export const EXIT_CODES = { question: 2, port: 3, chip: 4, flash: 5, selftest: 6, backend: 7, label: 8 } as const

export type TroubleClass = keyof typeof EXIT_CODES

interface Words {
  is: TroubleClass
  /** {name} is replaced by the fact of that name. */
  what: string
  next: string
}

export const TROUBLES = {
  'config.unreadable': {
    is: 'question',
    what: '{path} is not a flash configuration: {why}',
    next: 'Correct the file, or name another with --config.',
  },
  'regions.overlap': {
    is: 'question',
    what: 'In the flash configuration {first} and {second} overlap.',
    next: 'Correct the addresses in flash.config.json; nothing was written.',
  },
  'engine.missing': {
    is: 'question',
    what: 'The engine file {path} ({what}) cannot be read.',
    next: 'Put the engine\'s build there (docs/installing.md, "The engine").',
  },
  'engine.unpinned': {
    is: 'question',
    what: 'Nobody has vouched for the engine file {path}: flash.config.json has no sha256 for it.',
    next: 'If you trust where you have it from: nrt flash --pin checks the files and enters their hashes.',
  },
  'engine.hash': {
    is: 'question',
    what: 'The engine file {path} is not the one of flash.config.json: its SHA-256 is {sha256}.',
    next: 'Get the build again from where it was released; do not change the hash to make it fit.',
  },
  'engine.malformed': {
    is: 'question',
    what: 'The engine file {path} is damaged or none: {why}.',
    next: 'Get the build again; it is three files, and each has its place in flash.config.json.',
  },
  'engine.other-chip': {
    is: 'question',
    what: 'The engine file {path} is for the chip {chip}, not for {wanted}.',
    next: 'Get the build for {wanted}; nothing was written.',
  },
  'engine.version': {
    is: 'question',
    what: 'The engine file {path} says {found}, flash.config.json wants {wanted}.',
    next: 'Get the version that is wanted: flash.config.json says why that one.',
  },
  'engine.layout': {
    is: 'question',
    what: 'The partition table {path} does not suit: {why}.',
    next: 'Take the table of the same build as the engine (board ESP32, 4 MB); nothing was written.',
  },
  'bundle.missing': {
    is: 'question',
    what: 'The program {path} cannot be read or does not fit.',
    next: 'Build it: npm run build:firmware.',
  },
  'networks.unreadable': {
    is: 'question',
    what: 'The file of networks {path} cannot be used: {why}',
    next: 'It is JSON: [{"ssid": "...", "password": "..."}], at most 4 networks.',
  },
  'journal.unusable': {
    is: 'question',
    what: 'The journal {path} cannot be used: {why}',
    next: 'Name another with --journal; finished boards of this tray are then done again.',
  },
  'key.missing': {
    is: 'question',
    what: 'There is no installer key, so the dongle could not be registered.',
    next: 'Set NRT_INSTALLER_KEY or --key-file (the operator makes one: npm run add-installer).',
  },
  'port.none': {
    is: 'port',
    what: 'No serial port was found.',
    next: 'Plug the board in with a cable that carries data; on Linux your user must be in the group dialout.',
  },
  'port.many': {
    is: 'port',
    what: 'There are several serial ports: {ports}',
    next: 'Name one with --port, or all of them with --batch.',
  },
  'port.unknown': {
    is: 'port',
    what: 'There is no port {port}.',
    next: 'nrt flash --list shows the ports there are.',
  },
  'port.busy': {
    is: 'port',
    what: 'The port {port} is in use by another program.',
    next: 'Close the serial monitor (or the other nrt) that holds it, and run the command again.',
  },
  'port.denied': {
    is: 'port',
    what: 'The port {port} may not be opened: {why}',
    next: 'On Linux: sudo usermod -aG dialout $USER, then sign in again.',
  },
  'port.lost': {
    is: 'port',
    what: 'The cable was pulled or the port went away while {doing}.',
    next: 'Plug it in again and run the same command: it goes on from what is on the chip.',
  },
  'chip.silent': {
    is: 'chip',
    what: 'No ESP32 answers on {port}.',
    next: 'Hold BOOT, press and let go of EN, let go of BOOT, and run the command again. If it stays silent: another cable.',
  },
  'chip.stopped': {
    is: 'chip',
    what: 'The chip fell silent while {doing}.',
    next: 'Check that the board has power and the cable sits, then run the same command again.',
  },
  'chip.garbled': {
    is: 'chip',
    what: 'What comes from the chip at {baud} baud is not readable.',
    next: 'Run the command again with --baud 115200, or with a shorter cable.',
  },
  'chip.wrong': {
    is: 'chip',
    what: 'The chip is {chip}, the program is for {wanted}.',
    next: 'Use a board with an {wanted}; nothing was written.',
  },
  'chip.small': {
    is: 'chip',
    what: 'The flash has {hasKB} kB, {needsKB} kB are needed.',
    next: 'Use a module with more flash; nothing was written.',
  },
  'chip.other-dongle': {
    is: 'chip',
    what: 'The dongle on the port is not {id}.',
    next: 'Compare the id with the label of the dongle on the cable; nothing was changed.',
  },
  'chip.foreign-identity': {
    is: 'chip',
    what: 'The chip holds an identity that this version cannot read.',
    next: 'If the dongle is not in use any more, run the command again with --new-identity.',
  },
  'flash.refused': {
    is: 'flash',
    what: 'The chip refused to {doing}: {why}',
    next: 'Run the same command again; if it fails at the same place, the module is worn or write-protected.',
  },
  'flash.differs': {
    is: 'flash',
    what: 'What was read back of {part} is not what was written.',
    next: 'Run the same command again; if it fails at the same place, the flash is worn: use another module.',
  },
  'engine.absent': {
    is: 'chip',
    what: 'No Espruino console answers on {port}.',
    next: 'Without --app-only the engine is written too.',
  },
  'engine.locked': {
    is: 'chip',
    what: 'The dongle on {port} has locked its console.',
    next: 'Open it for a while with the order "console" (nrt dongle command), or run the command without --app-only.',
  },
  'engine.refused': {
    is: 'flash',
    what: 'The engine did not take {part}: {why}',
    next: 'Run the command again; if it fails again, run it without --app-only.',
  },
  'selftest.silent': {
    is: 'selftest',
    what: 'The dongle was written but does not start: its console stays silent.',
    next: 'Press EN; if it stays silent, measure the supply (3.3 V, 500 mA) and run the command again.',
  },
  'selftest.failed': {
    is: 'selftest',
    what: 'The self-test says: {said}',
    next: '{advice}',
  },
  'backend.unreachable': {
    is: 'backend',
    what: 'The backend at {url} does not answer: {why}',
    next: 'Check the address and the network, then run the same command again: the dongle keeps its identity.',
  },
  'backend.refused': {
    is: 'backend',
    what: 'The backend refused: {detail} ({problem})',
    next: '{advice}',
  },
  'dongle.bad-id': {
    is: 'question',
    what: '{id} is not a dongle id: its check character is wrong.',
    next: 'Compare it with the label, character by character.',
  },
  'label.unwritten': {
    is: 'label',
    what: 'The label could not be written to {path}: {why}',
    next: 'Make room or name another place with --labels, then run nrt label {id}: it makes a new code.',
  },
  'internal.broken': {
    is: 'flash',
    what: 'Something happened that nobody thought of: {why}',
    next: 'Run the command again; if it stays, tell the makers what is written here.',
  },
} as const satisfies { [code: string]: Words }

export type TroubleCode = keyof typeof TROUBLES
export type Facts = { [name: string]: string | number }

/** Thrown where something goes wrong, caught where the command ends or the batch goes on. */
export class Trouble extends Error {
  readonly code: TroubleCode
  readonly facts: Facts
  constructor(code: TroubleCode, facts: Facts = {}, cause?: unknown) {
    super(inWords(code, facts).what, { cause })
    this.code = code
    this.facts = facts
  }
}

export function inWords(code: TroubleCode, facts: Facts): { what: string; next: string } {
  const filled = (text: string) => text.replace(/\{(\w+)\}/g, (whole, name: string) => String(facts[name] ?? whole))
  return { what: filled(TROUBLES[code].what), next: filled(TROUBLES[code].next) }
}

export function exitCodeOf(code: TroubleCode): number {
  return EXIT_CODES[TROUBLES[code].is]
}

/** Whatever was thrown, as trouble: what nobody foresaw keeps its first line, which holds no data of ours. */
export function troubleOf(thrown: unknown): Trouble {
  if (thrown instanceof Trouble) return thrown
  const why = String((thrown as Error)?.message ?? thrown).split('\n')[0] as string
  return new Trouble('internal.broken', { why }, thrown)
}
