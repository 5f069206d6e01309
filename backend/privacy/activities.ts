// What the platform does with data about people, as art. 30 of Regulation (EU) 2016/679 wants it recorded: docs/processing.md is written from it.

import type { ClassName } from './classes.ts'

export interface Activity {
  purpose: string
  classes: readonly ClassName[]
  recipients: string
}

export const ACTIVITIES = {
  'Taking in and showing readings': {
    purpose: 'to let a grid user see what the own meter says, now and for the past',
    classes: ['reading', 'reading-fact', 'undecoded', 'identifier', 'pseudonym', 'device'],
    recipients: 'the grid user and persons with a mandate',
  },
  'Knowing who holds a metering point': {
    purpose: 'to release readings to the holder alone, and to end all that depends on a holder who has left',
    classes: ['identifier', 'pseudonym', 'proof'],
    recipients: 'the access register of the market',
  },
  'Accounts, sign-in and mandates': {
    purpose: 'to know who asks, and to let somebody act for another',
    classes: ['person', 'identifier', 'pseudonym', 'session', 'secret', 'consent'],
    recipients: 'the identity service, where it is somebody else’s',
  },
  'Consent and passing readings on': {
    purpose: 'to give an energy service provider what the grid user has permitted, and nothing else, and to show it',
    classes: ['consent', 'reading', 'delivery', 'pseudonym', 'proof', 'business'],
    recipients: 'the energy service providers with a permission, controllers of their own',
  },
  'Dongles in the field': {
    purpose: 'to make, bind, update and mend the device at the meter',
    classes: ['device', 'pseudonym', 'secret', 'proof'],
    recipients: 'installers, of the dongles that they make',
  },
  'Proof and safety': {
    purpose: 'to be able to show who did what, and to keep the service safe',
    classes: ['proof', 'session', 'secret', 'platform'],
    recipients: 'auditors and the authorities that may ask',
  },
} as const satisfies { [name: string]: Activity }
