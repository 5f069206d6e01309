// One's account: who is signed in, and mandates: given, held, offered and taken. What weighs and finds the sign-in too old offers to sign in again and
// come back here.

import { useCallback, useEffect, useState } from 'preact/hooks'
import '../dongles/dongles.css'
import { type ApiFault, getJson, sendJson } from '../api/client.ts'
import type { Mandate, Mandates, Session } from '../api/types.ts'
import { go } from '../parts/acting.tsx'
import { proveFirst, useKept } from '../parts/kept.ts'
import { KeyForm } from '../parts/key-form.tsx'
import { problemOf } from '../parts/problem.ts'
import { Problem, Returned } from '../parts/problem-line.tsx'
import type { Words } from '../parts/words.ts'
import type { PageProblem } from '../text/problems/words.ts'
import { GiveForm, type KeptMandate, TakeForm } from './forms.tsx'

const TIMEOUT_MS = 15_000
const STAFF: readonly string[] = ['operator', 'support', 'auditor']
const isStaff = (role: string): boolean => STAFF.includes(role)

export function AccountPage({ words }: { words: Words }) {
  const say = words.say.people
  const [session, setSession] = useState<Session | undefined>()
  const [mandates, setMandates] = useState<Mandates | undefined>()
  const [told, setTold] = useState('')
  const [problem, setProblem] = useState<PageProblem | undefined>()
  const [wish, setWish] = useState<KeptMandate>({})
  const kept = useKept<KeptMandate>('account')

  const load = useCallback(async () => {
    const [who, what] = await Promise.all([
      getJson<Session>('/session', AbortSignal.timeout(TIMEOUT_MS)),
      getJson<Mandates>('/mandates', AbortSignal.timeout(TIMEOUT_MS)),
    ])
    if (who.ok) setSession(who.value.body)
    else setProblem('unreachable')
    if (what.ok) setMandates(what.value.body)
  }, [])
  useEffect(() => void load(), [load])

  function tell(outcome: string | ApiFault, wished: KeptMandate = {}): void {
    setWish(wished)
    setTold(typeof outcome === 'string' ? outcome : '')
    setProblem(typeof outcome === 'string' ? undefined : problemOf(outcome))
    void load()
  }

  async function end(mandateId: string): Promise<void> {
    const answer = await sendJson(`/mandates/${mandateId}/end`, {})
    tell(answer.ok ? say.ended : answer.fault)
  }

  async function leave(isAll: boolean): Promise<void> {
    const answer = await sendJson('/session/end', { all: isAll })
    if (!answer.ok) return tell(answer.fault)
    go(undefined)
  }

  if (session?.person === null) return <KeyForm words={words} />
  return (
    <div class="column dongles" aria-busy={session === undefined}>
      <p class={told === '' ? 'unseen' : 'card'} role="status">
        {told}
      </p>
      {problem !== undefined && (
        <div class="card">
          <Problem words={words} problem={problem} onProve={() => void proveFirst(words, 'account', wish)} />
        </div>
      )}
      {session?.person && (
        <section class="card" aria-labelledby="who">
          <h2 id="who">{say.signedInAs(session.person.name)}</h2>
          {session.person.roles.some(isStaff) && (
            <p>
              <a href="/operator/">{say.staff}</a>
            </p>
          )}
          <p class="row">
            <button type="button" onClick={() => void leave(false)}>
              {say.signOut}
            </button>
            <button type="button" class="quiet" onClick={() => void leave(true)}>
              {say.signOutAll}
            </button>
          </p>
        </section>
      )}
      <section class="card" aria-labelledby="given">
        <h2 id="given">{say.given}</h2>
        <p class="hint">{say.mandatesText}</p>
        <List words={words} items={mandates?.given} none={say.noneGiven} nameOf={one => one.holderName} onEnd={end} />
        <Returned words={words} given={kept?.wish.give && kept} />
        <GiveForm key={kept === undefined ? '' : 'kept'} words={words} tell={tell} kept={kept?.wish.give} />
      </section>
      <section class="card" aria-labelledby="held">
        <h2 id="held">{say.held}</h2>
        <List
          words={words}
          items={mandates?.held}
          none={say.noneHeld}
          nameOf={one => one.giverName}
          onEnd={end}
          canAct
        />
        <Returned words={words} given={kept?.wish.code === undefined ? undefined : kept} />
        <TakeForm key={kept === undefined ? '' : 'kept'} words={words} tell={tell} kept={kept?.wish.code} />
      </section>
      <p>
        <a class="way" href="/esp/">
          {say.espLink}
        </a>
      </p>
    </div>
  )
}

interface ListProps {
  words: Words
  items: Mandate[] | undefined
  none: string
  nameOf(one: Mandate): string | null
  onEnd(mandateId: string): Promise<void>
  canAct?: boolean
}

function List({ words, items, none, nameOf, onEnd, canAct = false }: ListProps) {
  const say = words.say.people
  if (items === undefined) return null
  if (items.length === 0) return <p class="hint">{none}</p>
  return (
    <ul class="mandates">
      {items.map(one => {
        const name = nameOf(one) ?? ''
        const used = one.usedAtS === null ? say.neverUsed : say.lastUsed(words.format.dayAndClock(one.usedAtS))
        return (
          <li key={one.mandateId}>
            <strong>{name}</strong> {say.scopes[one.scope]}. {standing(words, one)}
            {one.takenAtS !== null && `, ${used}`}
            {(one.state === 'offered' || one.state === 'open') && (
              <span class="row">
                {canAct && (
                  <button type="button" class="small" onClick={() => go({ mandateId: one.mandateId, giverName: name })}>
                    {say.actFor(name)}
                  </button>
                )}
                <button type="button" class="small quiet" onClick={() => void onEnd(one.mandateId)}>
                  {say.end}
                </button>
              </span>
            )}
          </li>
        )
      })}
    </ul>
  )
}

function standing({ say, format }: Words, { state, offeredUntilS, endsAtS }: Mandate): string {
  const { states } = say.people
  if (state === 'offered') return states.offered(format.date(Math.min(offeredUntilS, endsAtS)))
  if (state === 'open') return states.open(format.date(endsAtS))
  return states[state]
}
