// What the page of sharing says, in every language: who may see what, what there is to subscribe to, the question and both logs. What exactly is
// shared is not here: the server writes that from the service's own data need.

import type { Category } from '../../../../shared/schema/catalogue.ts'
import type { MandatedReadEntry } from '../../../../shared/schema/people.ts'
import type { EndCause, PermissionState } from '../../../../shared/schema/permission.ts'

export interface SharingWords {
  title: string
  link: string

  mineTitle: string
  mineNone: string
  sharedWith: (esp: string) => string
  until: (time: string) => string
  since: (time: string) => string
  states: { [state in PermissionState]: string }
  causes: { [cause in EndCause]: string }
  outdated: string
  told: (time: string) => string
  toldAndSeen: (time: string) => string
  notTold: string
  stop: string
  stopAsk: (esp: string) => string
  stopped: string
  receipt: string
  endedTitle: string

  noticesTitle: string
  notice: (service: string, state: string) => string
  seen: string

  servicesTitle: string
  servicesText: string
  search: string
  category: string
  everyCategory: string
  categories: { [category in Category]: string }
  freeOnly: string
  servicesNone: string
  from: (esp: string, country: string) => string
  free: string
  costs: string
  look: string
  privacy: string

  askTitle: (service: string) => string
  askText: string
  point: string
  agree: string
  refuse: string
  priceAgree: string
  priceFirst: string
  granted: (esp: string) => string
  refused: string

  termsTitle: string
  termsText: string
  purposes: string
  retention: string
  rights: string
  termsAgree: string
  termsAccept: string
  termsTheirs: (name: string) => string

  logTitle: string
  logText: string
  logNone: string
  looksTitle: string
  looksText: string
  looksNone: string
  looks: { [what in MandatedReadEntry['what']]: string }
  lookAt: (count: number, from: string, to: string) => string
  accessTitle: string
  accessText: string
  accessNone: string
  access: (count: string, from: string, to: string) => string
  export: string
  exportFailed: string
}
