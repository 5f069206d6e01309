// What staff's pages share: how a page begins, how an act is asked for before it is done, how a trouble is said.

import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { Role } from '../../../shared/schema/access.ts'
import { signInAddress } from '../account/sign-in.tsx'
import type { ApiFault } from '../api/client.ts'
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

export function More({ say, more }: { say: StaffWords; more(): void }) {
  return (
    <button type="button" class="small quiet" onClick={more}>
      {say.more}
    </button>
  )
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
  const [isAsked, setAsked] = useState(false)
  const [fault, setFault] = useState<ApiFault | undefined>()
  const [isDoing, setDoing] = useState(false)
  const opener = useRef<HTMLButtonElement>(null)
  const field = useRef<HTMLTextAreaElement>(null)
  const yes = useRef<HTMLButtonElement>(null)
  const id = useId()
  useEffect(() => {
    if (isAsked) (field.current ?? yes.current)?.focus()
  }, [isAsked])

  async function done(): Promise<void> {
    setDoing(true)
    const failed = await run(field.current?.value.trim() ?? '')
    setDoing(false)
    setFault(failed)
    if (failed === undefined) setAsked(false)
  }

  if (!isAsked) {
    return (
      <button type="button" class="small" ref={opener} aria-label={`${label}: ${of}`} onClick={() => setAsked(true)}>
        {label}
      </button>
    )
  }
  return (
    <form
      class="ask"
      onSubmit={event => {
        event.preventDefault()
        void done()
      }}
    >
      <fieldset>
        <legend>{ask}</legend>
        {reason !== undefined && (
          <>
            <label for={id}>{reason === 'needed' ? say.reason : say.remark}</label>
            <textarea id={id} ref={field} rows={2} maxLength={200} required={reason === 'needed'} />
          </>
        )}
        <div class="row">
          <button type="submit" disabled={isDoing} ref={yes}>
            {say.yes}
          </button>
          <button
            type="button"
            class="quiet"
            disabled={isDoing}
            onClick={() => {
              setAsked(false)
              setFault(undefined)
              // back to where the question came from
              requestAnimationFrame(() => opener.current?.focus())
            }}
          >
            {say.no}
          </button>
        </div>
        <Trouble words={words} say={say} fault={fault} />
      </fieldset>
    </form>
  )
}
