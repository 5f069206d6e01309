// The terms of use where something of one's own rests on them: seeing one's readings, claiming a dongle. Who acts for somebody else cannot accept them in
// that one's place, and is told so.

import { useEffect } from 'preact/hooks'
import './sharing.css'
import { acting } from '../api/acting.ts'
import type { OwnTerms } from '../api/types.ts'
import { useAsked } from '../parts/asking.ts'
import { problemOf } from '../parts/problem.ts'
import { Problem } from '../parts/problem-line.tsx'
import type { Words } from '../parts/words.ts'
import { isAccepted } from './accepted.ts'
import { TermsForm } from './terms-form.tsx'

/** They may be accepted on another page or device meanwhile. */
const ASK_EVERY_MS = 5000

interface TermsFirstProps {
  words: Words
  /** Once. */
  onAccepted(): void
}

export function TermsFirst({ words, onAccepted }: TermsFirstProps) {
  const say = words.say.sharing
  const inName = acting()
  return (
    <section class="card subscribe" aria-labelledby="terms-title">
      <h2 id="terms-title">{say.termsTitle}</h2>
      {inName === undefined ? (
        <Own words={words} onAccepted={onAccepted} />
      ) : (
        <p>{say.termsTheirs(inName.giverName)}</p>
      )}
    </section>
  )
}

function Own({ words, onAccepted }: TermsFirstProps) {
  const [terms, fault, ask] = useAsked<OwnTerms>('/terms/acceptance', ASK_EVERY_MS)
  const isDone = terms !== undefined && isAccepted(terms)
  useEffect(() => {
    if (isDone) onAccepted()
  }, [isDone])
  if (terms !== undefined && !isDone) return <TermsForm words={words} terms={terms} onAccepted={ask} />
  return fault === undefined ? <div aria-busy="true" /> : <Problem words={words} problem={problemOf(fault)} />
}
