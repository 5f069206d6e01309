// What the page of one's data says, in every language: what one holds and held, taking it out, having it erased.

export interface DataWords {
  title: string
  link: string
  text: string
  none: string
  holds: (from: string) => string
  held: (from: string, to: string) => string
  until: (time: string) => string
  takeOut: string
  from: string
  to: string
  resolution: string
  resolutions: { '15m': string; '1m': string; raw: string }
  asTable: string
  asJson: string
  takingOut: (count: string) => string
  takenOut: string
  nothing: string
  failed: string
  erase: string
  eraseAsk: string
  eraseOpen: string
  eraseYes: string
  erased: string
}
