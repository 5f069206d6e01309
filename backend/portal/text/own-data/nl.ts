// Dutch words of the page of one's data.

import type { DataWords } from './words.ts'

export const nl: DataWords = {
  title: 'Uw gegevens',
  link: 'Gegevens',
  text: 'Alles wat gemeten is terwijl u een meetpunt had, is van u: neem het mee zo vaak u wilt, of laat het wissen.',
  none: 'Van u wordt hier niets bewaard.',
  holds: from => `Sinds ${from}`,
  held: (from, to) => `${from} tot ${to}`,
  until: time => `U kunt het meenemen tot ${time}.`,
  takeOut: 'Meenemen',
  from: 'Van',
  to: 'Tot',
  resolution: 'Hoe fijn',
  resolutions: { '15m': 'Kwartieren', '1m': 'Minuten', raw: 'Elke meting' },
  asTable: 'Als tabel (CSV)',
  asJson: 'Als JSON',
  takingOut: count => `${count} regels tot nu…`,
  takenOut: 'Het staat op uw toestel.',
  nothing: 'In deze dagen is niets gemeten.',
  failed: 'Er kwam geen antwoord. Probeer opnieuw.',
  erase: 'Wissen',
  eraseAsk:
    'Alles wissen wat toen gemeten is? De sleutel wordt vernietigd: niemand kan het hier nog lezen. Het kan niet ongedaan gemaakt worden.',
  eraseOpen: 'U deelt dan met niemand meer, en begint opnieuw met wat vanaf nu gemeten wordt.',
  eraseYes: 'Ja, wissen',
  erased: 'Gewist.',
}
