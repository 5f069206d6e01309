// English words of the first steps.

import type { FirstStepsWords } from './words.ts'

export const en: FirstStepsWords = {
  title: name => `Welcome, ${name}`,
  progress: (step, of) => `step ${step} of ${of}`,
  steps: {
    account: 'Your account',
    terms: 'Read and accept the terms of use',
    dongle: 'Add your dongle',
    live: 'See your electricity',
  },
  done: 'done',
  yourAccount: accountId => `The help desk will ask for the number of your account: ${accountId}`,
  waiting: 'This page looks every five seconds. There is no need to reload it.',
  toDongle: 'All about your dongle',
  leftTitle: 'This metering point is no longer yours',
  leftText:
    'Nothing is measured or shared in your name any more. What was measured until then stays yours: take it along.',
  toData: 'Your data',
  doneTitle: 'You are all set.',
  doneText: 'This is your electricity, as your meter counts it. Nobody else sees it until you say yes to a service.',
  toServices: 'Look at services',
  close: 'Close',
}
