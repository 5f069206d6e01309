// English.

import type { DoctorWords } from './dictionary.ts'

export const en: DoctorWords = {
  verdicts: {
    'no-dongle': {
      say: 'No dongle is linked to this metering point.',
      next: 'Scan the code on the dongle’s label to link it.',
    },
    revoked: {
      say: 'This dongle is blocked: it was reported lost or taken out of service.',
      next: 'Ask support for another dongle.',
    },
    mute: {
      say: 'Nothing at all comes from the dongle over this cable.',
      next: 'Use a cable that carries data and press the button EN on the board; then ask again.',
    },
    'no-identity': { say: 'The dongle has no identity.', next: 'Make it anew with nrt flash.' },
    'brown-out': {
      say: 'The power fails again and again shortly after the dongle starts.',
      next: 'Give it its own USB power supply of at least 1 ampere.',
    },
    memory: {
      say: 'The dongle runs out of memory.',
      next: 'Update its software; if it comes back, give support the code memory.',
    },
    'program-error': {
      say: 'The dongle’s program stopped with an error and started again.',
      next: 'Update its software; if it comes back, give support the code program-error.',
    },
    'p1-silent': {
      say: 'The meter sends nothing to the dongle.',
      next: 'Push the plug in until it clicks and have your grid operator open the customer port (P1).',
    },
    'p1-inverted': {
      say: 'The meter’s signal arrives upside down.',
      next: 'Replace the dongle or adapter with one that has an inverter for the P1 line.',
    },
    'p1-encrypted': {
      say: 'The meter encrypts what it sends.',
      next: 'Ask your grid operator for the key of your meter and give it to support.',
    },
    'p1-noise': {
      say: 'What arrives from the meter cannot be read.',
      next: 'Check the cable to the meter: no extension, plug fully in, no other device on the same wire.',
    },
    'p1-half': {
      say: 'Many of the meter’s messages arrive damaged.',
      next: 'Push the plug in until it clicks, and use the short cable that came with the dongle.',
    },
    'not-set-up': {
      say: 'The dongle does not know any Wi-Fi yet.',
      next: 'Set it up: scan its label with your phone and follow the steps.',
    },
    'wifi-password': {
      say: 'The Wi-Fi does not accept the password.',
      next: 'Enter the Wi-Fi password again, capitals and small letters exactly.',
    },
    'wifi-missing': {
      say: 'The dongle does not find your Wi-Fi.',
      next: 'Check that the router is on, sends on 2.4 GHz, and that the name is spelt exactly so.',
    },
    'wifi-weak': {
      say: 'The Wi-Fi is too weak where the dongle is.',
      next: 'Put a Wi-Fi repeater or the router nearer to the meter.',
    },
    'wifi-refused': {
      say: 'The router does not let the dongle in.',
      next: 'Restart the router; if it stays, see whether it limits or filters devices.',
    },
    'no-internet': {
      say: 'The Wi-Fi works but does not reach the internet.',
      next: 'Restart the router and try a web page on the same Wi-Fi.',
    },
    portal: {
      say: 'The Wi-Fi wants a login page, which a dongle cannot fill in.',
      next: 'Use another Wi-Fi, such as your own instead of a guest network.',
    },
    'not-accepted': {
      say: 'The platform does not accept this dongle.',
      next: 'Give support the number on its label: it must be registered.',
    },
    tls: {
      say: 'The dongle cannot make a secure connection.',
      next: 'Give support the code tls: its settings do not suit this model.',
    },
    'not-stored': {
      say: 'The platform takes readings but does not store them just now.',
      next: 'Wait: the dongle keeps everything and sends it later.',
    },
    'gateway-away': {
      say: 'The dongle has Wi-Fi but the platform does not answer.',
      next: 'Wait a quarter of an hour; if others can connect, see whether the router’s firewall blocks the dongle.',
    },
    restless: {
      say: 'The dongle’s connection breaks again and again.',
      next: 'Restart the router, and put it nearer if that does not help.',
    },
    'never-heard': {
      say: 'The dongle has never reported yet.',
      next: 'Plug it in, and set up its Wi-Fi with the code on its label.',
    },
    'out-of-reach': {
      say: 'The dongle cannot be reached; nothing is lost meanwhile, it keeps the readings.',
      next: 'Look at its lamp: dark means no power, three blinks no Wi-Fi, two blinks no internet.',
    },
    'ring-full': {
      say: 'The dongle’s memory for readings is nearly full.',
      next: 'Keep it connected: it empties by itself within some hours.',
    },
    'on-trial': { say: 'The dongle is trying a change that was asked for.', next: 'Wait ten minutes and ask again.' },
    'change-returned': {
      say: 'The last change did not work, and the dongle went back to what worked.',
      next: 'Check the new settings, the Wi-Fi password first, and ask for the change again.',
    },
    'change-failed': {
      say: 'The dongle could not store the last change.',
      next: 'Ask for the change again; if it fails twice, replace the dongle.',
    },
    'clock-wrong': {
      say: 'All is well, only the meter’s clock is wrong; the readings carry our time.',
      next: 'Tell your grid operator that the meter’s clock is wrong.',
    },
    'not-bound': {
      say: 'The dongle works but is not linked to a metering point.',
      next: 'Sign in and enter the code on its label.',
    },
    connecting: { say: 'The dongle is connecting.', next: 'Wait two minutes and ask again.' },
    'all-well': { say: 'All is well.', next: 'Nothing needs to be done.' },
  },
  happenings: {
    'boot-first': 'First start (number {n})',
    'boot-power': 'Started after a power cut (start {n})',
    'boot-asked': 'Restarted as asked (start {n})',
    'boot-error': 'Restarted after an error in the program (start {n})',
    'boot-memory': 'Restarted because memory ran out (start {n})',
    'boot-network': 'Restarted because there was no network (start {n})',
    'quick-restarts': 'The power failed {n} times in a row soon after the start',
    firmware: 'Runs version {word}',
    p1: 'Meter line: {word}',
    'telegrams-bad': '{n} damaged messages from the meter',
    cut: 'Connection: {word} (code {n})',
    back: 'Back after {n} minutes of silence',
    signal: 'Wi-Fi signal {n} dBm',
    ring: 'Memory for readings {n} % full',
    lost: '{n} readings lost',
    error: 'An error in the program',
    memory: 'No memory left',
    'no-identity': 'It has no identity',
    'session-open': 'Connected to the platform',
    'session-closed': 'Disconnected from the platform',
    'network-up': 'Joined the Wi-Fi',
    'trial-ended': 'A change did not work and was taken back',
    order: 'Asked of it: {word}',
    state: 'Now: {word}',
  },
  p1: {
    none: 'good',
    silence: 'silent',
    noise: 'noise',
    inverted: 'upside down',
    slow: 'too slow',
    parity: 'another format',
    encrypted: 'encrypted',
    half: 'messages break off',
    crc: 'wrong checksums',
    flood: 'too much',
    clock: 'the meter’s clock is wrong',
  },
  states: {
    flashed: 'made',
    registered: 'known to the platform',
    claimed: 'claimed',
    bound: 'linked to a metering point',
    suspended: 'paused',
    transfer: 'being handed over',
    lost: 'reported lost',
    retired: 'out of service',
  },
  wishes: {
    interval: 'another interval',
    fields: 'which values it sends',
    stop: 'stop sending',
    resume: 'go on sending',
    diagnose: 'a report',
    restart: 'a restart',
    'rotate-key': 'a new key',
    wipe: 'erase everything',
    console: 'open the console',
    network: 'another network',
  },
  outcomes: {
    queued: 'waiting',
    sent: 'sent',
    begun: 'being tried',
    done: 'done',
    refused: 'refused',
    returned: 'did not work and was taken back',
    failed: 'could not be stored',
    expired: 'expired',
  },
  causes: {
    'wifi-password': 'password refused',
    'wifi-missing': 'Wi-Fi not found',
    'wifi-weak': 'weak signal',
    'wifi-refused': 'refused by the router',
    'no-internet': 'no internet',
    portal: 'a login page in between',
    'gateway-away': 'the platform does not answer',
    'not-accepted': 'not accepted by the platform',
    tls: 'no secure connection',
    'not-stored': 'the platform does not store',
    restless: 'interrupted',
  },
}
