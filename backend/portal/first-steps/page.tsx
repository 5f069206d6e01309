// The first steps: where there is nothing to see yet, a new person is led through what is still to do, one step at a time, and each is taken here. What the
// last one waits for comes by itself.

import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import './first-steps.css'
import { acting } from '../api/acting.ts'
import type { OwnDongle, OwnDongles, OwnTerms, Session } from '../api/types.ts'
import { ClaimForm } from '../dongles/claim-form.tsx'
import { StandingLines } from '../dongles/dongle-card.tsx'
import { useAsked } from '../parts/asking.ts'
import { CheckIcon } from '../parts/icons.tsx'
import type { Words } from '../parts/words.ts'
import { TermsForm } from '../sharing/terms-form.tsx'
import { STEPS, type Step, standingOf } from './steps.ts'

const ASK_EVERY_MS = 5000
const SELDOM_MS = 60_000

interface FirstStepsProps {
  words: Words
  hasPoint: boolean
  /** What stands here for who is not led: somebody else's account, staff, who has been through it. */
  children: preact.JSX.Element
  /** Somebody is led. */
  onLed(): void
  /** A dongle is at its meter: there is something to see. */
  onBound(): void
}

export function FirstSteps({ words, hasPoint, children, onLed, onBound }: FirstStepsProps) {
  const [own, ownFault, ask] = useAsked<OwnDongles>('/own/dongles', ASK_EVERY_MS)
  const [terms, termsFault, askTerms] = useAsked<OwnTerms>('/terms/acceptance', SELDOM_MS)
  const [session, sessionFault] = useAsked<Session>('/session', SELDOM_MS)
  const isBound = own?.items.some(({ state }) => state === 'bound') === true
  useEffect(() => {
    if (isBound) onBound()
  }, [own])
  const person = session?.person ?? undefined
  if (own === undefined || terms === undefined || person === undefined) {
    return ownFault || termsFault || sessionFault ? children : <div aria-busy="true" />
  }
  const standing = standingOf(terms, own, hasPoint)
  if (standing === 'left') return <Left words={words} />
  const isNew = person.roles.every(role => role === 'grid-user') && acting() === undefined
  if (standing === 'done' || !isNew) return children
  const { at, dongle } = standing
  return (
    <div class="column stacked first-steps">
      <Stairs words={words} at={at} name={person.name} onShown={onLed} />
      {at === 'terms' && (
        <section class="card" aria-label={words.say.firstSteps.steps.terms}>
          <TermsForm words={words} terms={terms} onAccepted={askTerms} />
        </section>
      )}
      {at === 'dongle' && <ClaimForm words={words} onClaimed={ask} />}
      {at === 'live' && dongle !== undefined && <Waiting words={words} dongle={dongle} accountId={person.accountId} />}
    </div>
  )
}

interface StairsProps {
  words: Words
  at: Step
  name: string
  onShown(): void
}

/** Where one is. A step that is reached while somebody looks takes the focus, so that it is read out. */
function Stairs({ words, at, name, onShown }: StairsProps) {
  const say = words.say.firstSteps
  const here = STEPS.indexOf(at)
  const title = useRef<HTMLHeadingElement>(null)
  const isFirst = useRef(true)
  useEffect(onShown, [])
  useLayoutEffect(() => {
    if (!isFirst.current) title.current?.focus()
    isFirst.current = false
  }, [at])
  return (
    <section class="card" aria-labelledby="first-steps-title">
      <h2 id="first-steps-title" tabIndex={-1} ref={title}>
        {say.title(name)} <small>{say.progress(String(here + 1), String(STEPS.length))}</small>
      </h2>
      <ol class="stairs">
        {STEPS.map((step, i) => (
          <li key={step} aria-current={i === here ? 'step' : undefined} data-is={i < here ? 'done' : undefined}>
            <span class="mark" aria-hidden="true">
              {i < here ? <CheckIcon /> : i + 1}
            </span>
            <span>
              {say.steps[step]} {i < here && <small>{say.done}</small>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}

function Waiting({ words, dongle, accountId }: { words: Words; dongle: OwnDongle; accountId: string }) {
  const say = words.say.firstSteps
  return (
    <section class="card" aria-label={say.steps.live}>
      <StandingLines words={words} dongle={dongle} />
      {dongle.reason === 'holder-unknown' && <p class="hint">{say.yourAccount(accountId)}</p>}
      <p class="hint" role="status">
        {say.waiting}
      </p>
      <p>
        <a href="#dongles">{say.toDongle}</a>
      </p>
    </section>
  )
}

/** The point is somebody else's now; what was measured until then is not. */
function Left({ words }: { words: Words }) {
  const say = words.say.firstSteps
  return (
    <section class="card notice" aria-labelledby="left-title">
      <h2 id="left-title">{say.leftTitle}</h2>
      <p>{say.leftText}</p>
      <p class="row">
        <a class="way" href="#data">
          {say.toData}
        </a>
        <a class="way" href="#dongles">
          {say.toDongle}
        </a>
      </p>
    </section>
  )
}

/** Once, when the last step was taken while somebody looked. */
export function AllDone({ words, onClose }: { words: Words; onClose(): void }) {
  const say = words.say.firstSteps
  return (
    <section class="card all-done" role="status" aria-label={say.doneTitle}>
      <CheckIcon />
      <p>
        <strong>{say.doneTitle}</strong> {say.doneText} <a href="#sharing">{say.toServices}</a>
      </p>
      <button type="button" class="small" onClick={onClose}>
        {say.close}
      </button>
    </section>
  )
}
