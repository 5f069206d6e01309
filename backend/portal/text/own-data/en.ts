// English words of the page of one's data.

import type { DataWords } from './words.ts'

export const en: DataWords = {
  title: 'Your data',
  link: 'Data',
  text: 'All that was measured while you held a metering point is yours: take it out as often as you like, or have it erased.',
  none: 'Nothing is kept of you here.',
  holds: from => `Since ${from}`,
  held: (from, to) => `${from} to ${to}`,
  until: time => `You can take it out until ${time}.`,
  takeOut: 'Take out',
  from: 'From',
  to: 'To',
  resolution: 'How fine',
  resolutions: { '15m': 'Quarter-hours', '1m': 'Minutes', raw: 'Every reading' },
  asTable: 'As a table (CSV)',
  asJson: 'As JSON',
  takingOut: count => `${count} lines so far…`,
  takenOut: 'It is on your device.',
  nothing: 'Nothing was measured in these days.',
  failed: 'There was no answer. Try again.',
  erase: 'Erase',
  eraseAsk:
    'Erase all that was measured then? Its key is destroyed: nobody can read it here any more. It cannot be undone.',
  eraseOpen: 'You share with nobody any more then, and begin anew with what is measured from now on.',
  eraseYes: 'Yes, erase it',
  erased: 'Erased.',
}
