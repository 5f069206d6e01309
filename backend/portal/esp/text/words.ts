// What the ESP's pages say, in every language. A language that misses one does not compile.

import type { Service } from '../../api/types.ts'
import type { AnswerName } from '../answers.ts'
import type { FormFault } from '../form.ts'
import type { PageName } from '../pages.ts'
import type { EspProblem } from '../problem.ts'
import type { LengthUnit } from '../service-form.ts'

type ServiceWords = Service['text']

export interface EspWords {
  title: string
  pages: { [page in PageName]: string }
  nav: string
  portal: string
  signInText: string
  loading: string
  saved: string
  save: string
  edit: string
  cancel: string
  again: string
  optional: string
  problems: { [problem in EspProblem]: string }

  applyTitle: string
  applyText: string
  apply: string
  applied: string
  name: string
  companyNumber: string
  companyHelp: string
  country: string
  countryHelp: string
  eMail: string
  contactHelp: string
  url: string
  states: { applied: string; admitted: string; refused: string; suspended: string; expelled: string }
  operatorSays: string
  yourId: string
  profileTitle: string
  stepsTitle: string
  steps: { key: string; service: string; webhook: string; sandbox: string }

  keysTitle: string
  keysText: string
  keysNone: string
  makeKey: string
  makeKeyText: string
  keyMade: (kid: string) => string
  saveAgain: string
  keyKept: string
  pasteKey: string
  publicKey: string
  pasteHelp: string
  addKey: string
  keyAdded: string
  keyIsPrivate: string
  keyIsNone: string
  noCrypto: string
  keySince: (time: string) => string
  keyRevoked: (time: string) => string
  revoke: string
  revokeAsk: (kid: string) => string
  revoked: string

  certificatesTitle: string
  certificatesText: string
  certificatesNone: string
  addCertificate: string
  certificate: string
  certificateHelp: string
  certificateAdded: string
  certificateIsPrivate: string
  certificateUntil: (time: string) => string

  servicesTitle: string
  servicesText: string
  servicesNone: string
  newService: string
  serviceStates: { [state in Service['state']]: string }
  next: { [state in Service['state']]: string }
  version: (version: string) => string
  isPublished: (version: string) => string
  consentSince: (version: string) => string
  reviewSays: string
  submit: string
  submitted: string
  publish: string
  published: string
  newVersion: string
  newVersionText: string
  withdraw: string
  withdrawAsk: (service: string) => string
  withdrawKeep: string
  withdrawEnd: string
  withdrawn: string
  olderVersions: string

  formTitle: string
  languages: { nl: string; fr: string; de: string; en: string }
  serviceName: string
  summary: string
  category: string
  kinds: string
  kindNames: { [kind in ServiceWords['kinds'][number]]: string }
  channels: string
  channelNames: { [channel in ServiceWords['channels'][number]]: string }
  price: string
  per: string
  pers: { [per in ServiceWords['price']['per']]: string }
  amount: string
  amountHelp: string
  currency: string
  priceText: string
  contact: string
  privacyPolicy: string
  privacyHelp: string
  need: string
  needHelp: string
  purpose: string
  ean: string
  eans: { no: string; yes: string }
  fields: string
  period: string
  periodHelp: string
  aggregation: string
  aggregations: { last: string; mean: string }
  history: string
  historyHelp: string
  every: string
  everyHelp: string
  lifetime: string
  lifetimeHelp: string
  unit: (field: string) => string
  units: { [unit in LengthUnit]: string }
  saveDraft: string
  draftSaved: string
  formFaults: { [fault in FormFault]: string }
  formWrong: (count: string) => string
  needIn: {
    ean: string
    period: (length: string, isMean: boolean) => string
    asItComes: string
    every: (length: string) => string
    noHistory: string
    history: (length: string) => string
    lifetime: (length: string) => string
  }

  webhookTitle: string
  webhookText: string
  webhookNone: string
  webhookSet: (url: string) => string
  address: string
  addressHelp: string
  format: string
  formats: { json: string; rtd: string; timeseries: string }
  setWebhook: string
  resetWebhook: string
  secretIs: string
  secretOnce: string
  copy: string
  copied: string
  stopWebhook: string
  stopAsk: string
  stopped: string
  targets: { 'url.malformed': string; 'url.not-https': string; 'url.with-password': string; 'url.not-public': string }
  test: string
  testing: string
  testTaken: string
  testFailed: string
  answers: { [answer in AnswerName]: string }
  status: (status: string) => string

  healthTitle: string
  lastAnswer: string
  noAnswer: string
  failures: string
  noFailures: string
  failing: (n: string, since: string) => string
  waits: { webhook: string; mqtt: string }
  nothingWaits: string
  waitsSince: (count: number, n: string, since: string) => string
  notTaken: string
  notices: string
  noticesWait: (count: number, n: string) => string
  deadTitle: string
  deadText: string
  deadNone: string
  deadOf: (permission: string, from: string, to: string) => string
  deadRefused: string
  deadEndpoint: string
  replay: string
  replayed: string
  replayOver: string

  countsTitle: string
  countsText: string
  month: string
  subscriptions: string
  points: string
}
