// Dutch words of the first steps.

import type { FirstStepsWords } from './words.ts'

export const nl: FirstStepsWords = {
  title: name => `Welkom, ${name}`,
  progress: (step, of) => `stap ${step} van ${of}`,
  steps: {
    account: 'Uw account',
    terms: 'De gebruiksvoorwaarden lezen en aanvaarden',
    dongle: 'Uw dongle toevoegen',
    live: 'Uw elektriciteit zien',
  },
  done: 'gedaan',
  yourAccount: accountId => `De helpdesk vraagt het nummer van uw account: ${accountId}`,
  waiting: 'Deze pagina kijkt om de vijf seconden. U hoeft ze niet te herladen.',
  toDongle: 'Alles over uw dongle',
  leftTitle: 'Dit meetpunt is niet meer van u',
  leftText: 'Er wordt niets meer gemeten of gedeeld in uw naam. Wat tot dan gemeten werd, blijft van u: neem het mee.',
  toData: 'Uw gegevens',
  doneTitle: 'U bent klaar.',
  doneText: 'Dit is uw elektriciteit, zoals uw meter ze telt. Niemand anders ziet ze, tot u ja zegt tegen een dienst.',
  toServices: 'Diensten bekijken',
  close: 'Sluiten',
}
