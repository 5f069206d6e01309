// The terms of use where something of one's own rests on them: seeing one's readings, claiming a dongle. Who acts for somebody else cannot accept them in
// that one's place, and is told so.

import { useEffect, useState } from 'preact/hooks'
import './sharing.css'
import { acting } from '../api/acting.ts'
import { getJson } from '../api/client.ts'
import type { OwnTerms } from '../api/types.ts'
import { problemOf } from '../parts/problem.ts'
import { Problem } from '../parts/problem-line.tsx'
import type { Words } from '../parts/words.ts'
import type { PageProblem } from '../text/problems/words.ts'
import { TermsForm } from './terms-form.tsx'

export function TermsFirst({ words, onAccepted }: { words: Words; onAccepted(): void }) {
  const say = words.say.sharing
  const [terms, setTerms] = useState<OwnTerms | undefined>()
  const [problem, setProblem] = useState<PageProblem | undefined>()
  const inName = acting()
  useEffect(() => {
    if (inName !== undefined) return
    void getJson<OwnTerms>('/terms/acceptance', AbortSignal.timeout(15_000)).then(answer => {
      if (!answer.ok) return setProblem(problemOf(answer.fault))
      const { accepted, newest } = answer.value.body
      // on another page or device, meanwhile
      if (accepted?.version === newest.version) onAccepted()
      else setTerms(answer.value.body)
    })
  }, [])
  return (
    <section class="card subscribe" aria-labelledby="terms-title" aria-busy={terms === undefined}>
      <h2 id="terms-title">{say.termsTitle}</h2>
      {inName !== undefined && <p>{say.termsTheirs(inName.giverName)}</p>}
      {terms !== undefined && <TermsForm words={words} terms={terms} onAccepted={onAccepted} />}
      <Problem words={words} problem={problem} />
    </section>
  )
}
