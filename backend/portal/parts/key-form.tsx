// The door: tries an access key against the server and says in words what was wrong; a good one goes to /?key=…, where
// the server turns it into a cookie that no script can read.

import { useRef, useState } from 'preact/hooks'
import { SignIn } from '../account/sign-in.tsx'
import { type ApiFault, getJson } from '../api/client.ts'
import type { Dictionary } from '../text/dictionary.ts'
import type { Words } from './words.ts'

export function KeyForm({ words }: { words: Words }) {
  const { say } = words
  const field = useRef<HTMLInputElement>(null)
  const [problem, setProblem] = useState<keyof Dictionary | undefined>()
  const [isAsking, setAsking] = useState(false)

  async function open(): Promise<void> {
    const key = field.current?.value.trim() ?? ''
    if (key === '') {
      setProblem('keyWrong')
      field.current?.focus()
      return
    }
    setAsking(true)
    const answer = await getJson('/metering-points', AbortSignal.timeout(15_000), key)
    if (answer.ok) return location.replace(`/?key=${encodeURIComponent(key)}`)
    setAsking(false)
    setProblem(problemOf(answer.fault))
    field.current?.focus()
  }

  return (
    <>
      <SignIn words={words} />
      <section class="card notice" aria-labelledby="key-title">
        <h2 id="key-title">{say.keyTitle}</h2>
        <p>{say.keyMissing}</p>
        <form
          onSubmit={event => {
            event.preventDefault()
            void open()
          }}
        >
          <label for="key">{say.keyField}</label>
          <div class="field">
            <input
              id="key"
              ref={field}
              type="password"
              autocomplete="current-password"
              autocapitalize="off"
              spellcheck={false}
              maxLength={200}
              required
              aria-invalid={problem !== undefined}
              aria-describedby="key-help"
            />
            <button type="submit" disabled={isAsking}>
              {say.keySubmit}
            </button>
          </div>
          <p id="key-help" class={problem === undefined ? 'help' : 'help wrong'} role="status">
            {problem === undefined ? say.keyHelp : (say[problem] as string)}
          </p>
        </form>
      </section>
    </>
  )
}

function problemOf(fault: ApiFault): 'keyWrong' | 'keyThrottled' | 'keyUnreachable' {
  if (fault.code === 'refused') return 'keyWrong'
  return fault.status === 429 ? 'keyThrottled' : 'keyUnreachable'
}
