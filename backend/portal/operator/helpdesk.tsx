// A dongle's number is typed: its standing, verdict, next step and last events are there to be read to the customer. Who is signed in is asked nothing more;
// who has only the server's operator key types it here, and it lives in its field only.

import { useRef, useState } from 'preact/hooks'
import { grouped } from '../../../shared/kernel/claim-code.ts'
import { isDongleId } from '../../../shared/kernel/ids.ts'
import { getJson } from '../api/client.ts'
import type { Dongle } from '../api/types.ts'
import { DoctorCard } from '../doctor/card.tsx'
import type { Words } from '../parts/words.ts'
import { type ProblemName, problemOf } from './problem.ts'
import { OPERATOR, type OperatorWords } from './words.ts'

/** A dongle that was found, and the key that found it; undefined: the session did. */
interface Found {
  dongle: Dongle
  key: string | undefined
}

/** `isKeyed`: nobody is signed in. */
export function HelpDesk({ words, isKeyed }: { words: Words; isKeyed: boolean }) {
  const say = OPERATOR[words.language]
  const [found, setFound] = useState<Found | undefined>()
  return (
    <div class="operator">
      <LookForm say={say} isKeyed={isKeyed} onFound={setFound} />
      {found && <FoundDongle key={found.dongle.dongleId} found={found} words={words} say={say} />}
    </div>
  )
}

interface LookProps {
  say: OperatorWords
  isKeyed: boolean
  onFound(found: Found | undefined): void
}

function LookForm({ say, isKeyed, onFound }: LookProps) {
  const keyField = useRef<HTMLInputElement>(null)
  const idField = useRef<HTMLInputElement>(null)
  const [problem, setProblem] = useState<ProblemName | undefined>()
  const [isAsking, setAsking] = useState(false)
  const isKeyWrong = isKeyed && (problem === 'refused' || problem === 'throttled')

  async function look(): Promise<void> {
    const key = isKeyed ? (keyField.current?.value.trim() ?? '') : undefined
    const id = (idField.current?.value ?? '').replaceAll(/[\s-]/g, '').toUpperCase()
    if (!isDongleId(id)) return failed('mistyped')
    setAsking(true)
    const answer = await getJson<Dongle>(`/dongles/${id}`, AbortSignal.timeout(15_000), key)
    setAsking(false)
    if (!answer.ok) return failed(problemOf(answer.fault))
    setProblem(undefined)
    onFound({ dongle: answer.value.body, key })
  }

  function failed(name: ProblemName): void {
    setProblem(name)
    onFound(undefined)
    const field = isKeyed && (name === 'refused' || name === 'throttled') ? keyField : idField
    field.current?.focus()
  }

  return (
    <form
      class="card"
      onSubmit={event => {
        event.preventDefault()
        void look()
      }}
    >
      {isKeyed && (
        <>
          <label for="key">{say.keyField}</label>
          <div class="field">
            <input
              id="key"
              ref={keyField}
              type="password"
              autocomplete="current-password"
              spellcheck={false}
              maxLength={200}
              required
              aria-invalid={isKeyWrong}
              aria-describedby={isKeyWrong ? 'problem' : 'key-help'}
            />
          </div>
          <p id="key-help" class="help">
            {say.keyHelp}
          </p>
        </>
      )}
      <label for="dongle">{say.idField}</label>
      <div class="field">
        <input
          id="dongle"
          ref={idField}
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          maxLength={40}
          required
          aria-invalid={problem !== undefined && !isKeyWrong}
          aria-describedby={problem !== undefined && !isKeyWrong ? 'problem' : 'id-help'}
        />
        <button type="submit" disabled={isAsking}>
          {say.look}
        </button>
      </div>
      <p id="id-help" class="help">
        {say.idHelp}
      </p>
      <p id="problem" class="help wrong" role="status">
        {problem === undefined ? '' : say.problems[problem]}
      </p>
    </form>
  )
}

function FoundDongle({ found, words, say }: { found: Found; words: Words; say: OperatorWords }) {
  const { dongle, key } = found
  const id = grouped(dongle.dongleId)
  return (
    <>
      <section class="card" aria-labelledby="standing-title">
        <h2 id="standing-title">{say.cardOf(id)}</h2>
        <p class="standing" data-state={dongle.state}>
          {standingOf(dongle, words, say)}
        </p>
      </section>
      <DoctorCard
        words={words}
        path={`/dongles/${dongle.dongleId}/diagnosis`}
        accessKey={key}
        title={say.diagnosis}
        isOpenFirst
      />
    </>
  )
}

/** In the words that its owner reads on their page, where it has one. */
function standingOf({ state, reason }: Dongle, words: Words, say: OperatorWords): string {
  const standing = words.say.dongles.standings[(reason ?? state) as keyof Words['say']['dongles']['standings']]
  if (standing !== undefined) return `${standing.how} ${standing.next}`.trim()
  return state === 'registered' || state === 'transfer' ? say.states[state] : say.states.other(state)
}
