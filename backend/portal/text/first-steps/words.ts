// What the first steps say, in every language. What is asked at each of them is the terms', the claim's and the dongle's own.

import type { Step } from '../../first-steps/steps.ts'

export interface FirstStepsWords {
  title: (name: string) => string
  progress: (step: string, of: string) => string
  steps: { [step in Step]: string }
  done: string
  yourAccount: (accountId: string) => string
  waiting: string
  toDongle: string
  leftTitle: string
  leftText: string
  toData: string
  doneTitle: string
  doneText: string
  toServices: string
  close: string
}
