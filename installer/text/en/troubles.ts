// English: what happened and what to do next, for each way in which making a dongle can fail.

import type { TroubleWords } from '../dictionary.ts'

export const troubles: TroubleWords = {
  'config.unreadable': {
    what: '{path} is not a flash configuration: {why}',
    next: 'Correct the file, or name another with --config.',
  },
  'regions.overlap': {
    what: 'In the flash configuration {first} and {second} overlap.',
    next: 'Correct the addresses in flash.config.json; nothing was written.',
  },
  'engine.missing': {
    what: 'The engine file {path} ({what}) cannot be read.',
    next: 'Put the engine\'s build there (docs/installing.md, "The engine").',
  },
  'engine.unpinned': {
    what: 'Nobody has vouched for the engine file {path}: flash.config.json has no sha256 for it.',
    next: 'If you trust where you have it from: nrt flash --pin checks the files and enters their hashes.',
  },
  'engine.hash': {
    what: 'The engine file {path} is not the one of flash.config.json: its SHA-256 is {sha256}.',
    next: 'Get the build again from where it was released; do not change the hash to make it fit.',
  },
  'engine.malformed': {
    what: 'The engine file {path} is damaged or none: {why}.',
    next: 'Get the build again; it is three files, and each has its place in flash.config.json.',
  },
  'engine.other-chip': {
    what: 'The engine file {path} is for the chip {chip}, not for {wanted}.',
    next: 'Get the build for {wanted}; nothing was written.',
  },
  'engine.version': {
    what: 'The engine file {path} says {found}, flash.config.json wants {wanted}.',
    next: 'Get the version that is wanted: flash.config.json says why that one.',
  },
  'engine.layout': {
    what: 'The partition table {path} does not suit: {why}.',
    next: 'Take the table of the same build as the engine (board ESP32, 4 MB); nothing was written.',
  },
  'bundle.missing': {
    what: 'The program {path} cannot be read or does not fit.',
    next: 'Build it: npm run build:firmware.',
  },
  'networks.unreadable': {
    what: 'The file of networks {path} cannot be used: {why}',
    next: 'It is JSON: [{"ssid": "...", "password": "..."}], at most 4 networks.',
  },
  'journal.unusable': {
    what: 'The journal {path} cannot be used: {why}',
    next: 'Name another with --journal; finished boards of this tray are then done again.',
  },
  'key.missing': {
    what: 'There is no installer key, so the dongle could not be registered.',
    next: 'Set NRT_INSTALLER_KEY or --key-file (the operator makes one: npm run add-installer).',
  },
  'port.none': {
    what: 'No serial port was found.',
    next: 'Plug the board in with a cable that carries data; on Linux your user must be in the group dialout.',
  },
  'port.many': {
    what: 'There are several serial ports: {ports}',
    next: 'Name one with --port, or all of them with --batch.',
  },
  'port.unknown': {
    what: 'There is no port {port}.',
    next: 'nrt flash --list shows the ports there are.',
  },
  'port.busy': {
    what: 'The port {port} is in use by another program.',
    next: 'Close the serial monitor (or the other nrt) that holds it, and run the command again.',
  },
  'port.denied': {
    what: 'The port {port} may not be opened: {why}',
    next: 'On Linux: sudo usermod -aG dialout $USER, then sign in again.',
  },
  'port.lost': {
    what: 'The cable was pulled or the port went away while {doing}.',
    next: 'Plug it in again and run the same command: it goes on from what is on the chip.',
  },
  'chip.silent': {
    what: 'No ESP32 answers on {port}.',
    next: 'Hold BOOT, press and let go of EN, let go of BOOT, and run the command again. If it stays silent: another cable.',
  },
  'chip.stopped': {
    what: 'The chip fell silent while {doing}.',
    next: 'Check that the board has power and the cable sits, then run the same command again.',
  },
  'chip.garbled': {
    what: 'What comes from the chip at {baud} baud is not readable.',
    next: 'Run the command again with --baud 115200, or with a shorter cable.',
  },
  'chip.wrong': {
    what: 'The chip is {chip}, the program is for {wanted}.',
    next: 'Use a board with an {wanted}; nothing was written.',
  },
  'chip.small': {
    what: 'The flash has {hasKB} kB, {needsKB} kB are needed.',
    next: 'Use a module with more flash; nothing was written.',
  },
  'chip.other-dongle': {
    what: 'The dongle on the port is not {id}.',
    next: 'Compare the id with the label of the dongle on the cable; nothing was changed.',
  },
  'chip.foreign-identity': {
    what: 'The chip holds an identity that this version cannot read.',
    next: 'If the dongle is not in use any more, run the command again with --new-identity.',
  },
  'flash.refused': {
    what: 'The chip refused while {doing}: {why}',
    next: 'Run the same command again; if it fails at the same place, the module is worn or write-protected.',
  },
  'flash.differs': {
    what: 'What was read back of {part} is not what was written.',
    next: 'Run the same command again; if it fails at the same place, the flash is worn: use another module.',
  },
  'engine.absent': {
    what: 'No Espruino console answers on {port}.',
    next: 'Without --app-only the engine is written too.',
  },
  'engine.locked': {
    what: 'The dongle on {port} has locked its console.',
    next: 'Open it for a while with the order "console" (nrt dongle command), or run the command without --app-only.',
  },
  'engine.refused': {
    what: 'The engine did not take {part}: {why}',
    next: 'Run the command again; if it fails again, run it without --app-only.',
  },
  'selftest.silent': {
    what: 'The dongle was written but does not start: its console stays silent.',
    next: 'Press EN; if it stays silent, measure the supply (3.3 V, 500 mA) and run the command again.',
  },
  'selftest.failed': {
    what: 'The self-test says: {said}',
    next: '{advice}',
  },
  'backend.bad-address': {
    what: '{url} is no address that a key may be sent to.',
    next: 'Give https://…; http only where the backend runs on this computer (http://127.0.0.1:8080).',
  },
  'backend.unreachable': {
    what: 'The backend at {url} does not answer: {why}',
    next: 'Check the address and the network, then run the same command again: the dongle keeps its identity.',
  },
  'backend.refused': {
    what: 'The backend refused: {detail} ({problem})',
    next: '{advice}',
  },
  'dongle.bad-id': {
    what: '{id} is not a dongle id: its check character is wrong.',
    next: 'Compare it with the label, character by character.',
  },
  'label.no-place': {
    what: 'Labels cannot be written to {path}: {why}',
    next: 'Name another folder with --labels; nothing was changed.',
  },
  'label.unwritten': {
    what: 'The label could not be written to {path}: {why}',
    next: 'Make room, look after the printer, or name another place with --labels; then run nrt label {id}: it makes a new code.',
  },
  'internal.broken': {
    what: 'Something happened that nobody thought of: {why}',
    next: 'Run the command again; if it stays, tell the makers what is written here.',
  },
}
