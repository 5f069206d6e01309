// What staff's pages share: how a page begins, how an act is asked for before it is done, how a trouble is said.

import type { ComponentChildren } from 'preact'
import { useId, useState } from 'preact/hooks'
import type { Role } from '../../../shared/schema/access.ts'
import { signInAddress } from '../account/sign-in.tsx'
import type { ApiFault } from '../api/client.ts'
import { Question } from '../parts/question.tsx'
import type { Words } from '../parts/words.ts'
import { staffProblemOf, wantsSignIn } from './problem.ts'
import type { StaffWords } from './text/words.ts'

/** What every page of staff's gets. `tell` says what was done, to everybody who sees or listens. */
export interface StaffProps {
  words: Words
  say: StaffWords
  roles: readonly Role[]
  /** The server's clock when the page was opened, epoch ms. */
  openedMs: number
  tell(text: string): void
}

export function Trouble({ words, say, fault }: { words: Words; say: StaffWords; fault: ApiFault | undefined }) {
  if (fault === undefined) return null
  const problem = staffProblemOf(fault)
  return (
    <p class="help wrong" role="alert">
      {say.problems[problem]} {wantsSignIn(problem) && <a href={signInAddress(words.language, true)}>{say.again}</a>}
    </p>
  )
}

export function Moment({ words, ms }: { words: Words; ms: number }) {
  return <time dateTime={new Date(ms).toISOString()}>{words.format.dayAndClock(Math.floor(ms / 1000))}</time>
}

/** What is in it is asked for when it is opened. */
export function Opened({ title, children }: { title: string; children: ComponentChildren }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>{title}</summary>
      {isOpen && children}
    </details>
  )
}

interface ActProps {
  words: Words
  say: StaffWords
  /** The button's word, and of whom or what it is. */
  label: string
  of: string
  ask: string
  /** needed: no yes without it. */
  reason?: 'needed' | 'free'
  run(reason: string): Promise<ApiFault | undefined>
}

/** A button that asks once before it does; with a reason where one is kept. Whoever runs it says what was done. */
export function Act({ words, say, label, of, ask, reason, run }: ActProps) {
  const [fault, setFault] = useState<ApiFault | undefined>()
  const id = useId()

  async function done(form: FormData): Promise<boolean> {
    const failed = await run(String(form.get('reason') ?? '').trim())
    setFault(failed)
    return failed === undefined
  }
  return (
    <Question
      {...{ words, label, ask, about: of }}
      onYes={(_once, form) => done(form)}
      onNo={() => setFault(undefined)}
      trouble={<Trouble words={words} say={say} fault={fault} />}
    >
      {reason !== undefined && (
        <div class="entry">
          <label for={id}>{reason === 'needed' ? say.reason : say.remark}</label>
          <textarea id={id} name="reason" rows={2} maxLength={200} required={reason === 'needed'} />
        </div>
      )}
    </Question>
  )
}
