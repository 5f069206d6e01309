// The terms of use, read whole and accepted expressly; a permission cannot outlive them.

import { useState } from 'preact/hooks'
import { sendJson } from '../api/client.ts'
import type { OwnTerms } from '../api/types.ts'
import { problemOf } from '../parts/problem.ts'
import { Problem } from '../parts/problem-line.tsx'
import type { Words } from '../parts/words.ts'
import type { PageProblem } from '../text/problems/words.ts'

interface TermsFormProps {
  words: Words
  terms: OwnTerms
  onAccepted(terms: OwnTerms): void
}

export function TermsForm({ words, terms: { newest }, onAccepted }: TermsFormProps) {
  const say = words.say.sharing
  const { language } = words
  const [isRead, setRead] = useState(false)
  const [problem, setProblem] = useState<PageProblem | undefined>()
  const parts = ['purposes', 'retention', 'rights'] as const

  async function accept(): Promise<void> {
    const yes = { version: newest.version, language, isAccepted: true }
    const answer = await sendJson<OwnTerms>('/terms/acceptance', yes)
    if (answer.ok) onAccepted(answer.value.body)
    else setProblem(problemOf(answer.fault))
  }

  return (
    <div class="terms">
      <h3>{newest.text.title[language]}</h3>
      <p class="hint">{say.termsText}</p>
      {parts.map(part => (
        <section key={part} aria-labelledby={`terms-${part}`}>
          <h4 id={`terms-${part}`}>{say[part]}</h4>
          <p>{newest.text[part][language]}</p>
        </section>
      ))}
      <label class="tick">
        <input type="checkbox" checked={isRead} onChange={event => setRead(event.currentTarget.checked)} />
        {say.termsAgree}
      </label>
      <div class="row">
        <button type="button" disabled={!isRead} onClick={() => void accept()}>
          {say.termsAccept}
        </button>
      </div>
      <Problem words={words} problem={problem} />
    </div>
  )
}
