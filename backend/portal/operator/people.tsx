// People: who has an account and as what. Roles are given and taken, accounts locked and opened, by who may; whoever only looks sees the same without the
// buttons. Mandates are there to be seen, and are their people's own to end.

import { useEffect, useRef, useState } from 'preact/hooks'
import { ROLES, type Role } from '../../../shared/schema/access.ts'
import { type ApiFault, getJson, sendJson } from '../api/client.ts'
import type { Mandate, Mandates, Person } from '../api/types.ts'
import { useAsked } from '../parts/asking.ts'
import { Act, More, Opened, type StaffProps, Trouble } from './parts.tsx'
import { mayRoles } from './sections.ts'

/** Somebody who types is not asked for at every letter. */
const TYPING_MS = 300
const ASK_EVERY_MS = 60_000

export function PeoplePage({ words, say, roles, openedMs, tell }: StaffProps) {
  const [typed, setTyped] = useState('')
  const [search, setSearch] = useState('')
  const { items, fault, hasMore, more, changed } = usePeople(search)
  useEffect(() => {
    const timer = setTimeout(() => setSearch(typed.trim()), TYPING_MS)
    return () => clearTimeout(timer)
  }, [typed])
  return (
    <>
      <p class="hint">{say.peopleText}</p>
      <search>
        <form class="card filters" onSubmit={event => event.preventDefault()}>
          <label>
            {say.search}
            <input type="search" value={typed} maxLength={100} onInput={event => setTyped(event.currentTarget.value)} />
          </label>
        </form>
      </search>
      <Trouble words={words} say={say} fault={fault} />
      <div class="rows" aria-live="polite" aria-busy={items === undefined && fault === undefined}>
        {items?.length === 0 && <p class="card hint">{say.none}</p>}
        {items?.map(person => (
          <PersonCard key={person.accountId} {...{ words, say, roles, openedMs, tell, person }} onChanged={changed} />
        ))}
        {hasMore && <More say={say} more={more} />}
      </div>
    </>
  )
}

/** Accounts so far that `search` finds, with the next page when asked; one that was changed takes its own place. */
function usePeople(search: string) {
  const [found, setFound] = useState<{ search: string; items: Person[]; next: string | null } | undefined>()
  const [fault, setFault] = useState<ApiFault | undefined>()
  const left = useRef(new AbortController())
  const known = found?.search === search ? found : undefined

  function load(before: Person[], cursor: string | null): void {
    left.current.abort()
    const own = new AbortController()
    left.current = own
    const query = new URLSearchParams({ ...(search !== '' && { q: search }), ...(cursor !== null && { cursor }) })
    void getJson<{ items: Person[]; next: string | null }>(`/people?${query}`, own.signal).then(answer => {
      if (own.signal.aborted) return
      setFault(answer.ok ? undefined : answer.fault)
      if (!answer.ok) return
      const { items, next } = answer.value.body
      setFound({ search, items: [...before, ...items], next })
    })
  }

  useEffect(() => {
    load([], null)
    return () => left.current.abort()
  }, [search])
  return {
    items: known?.items,
    fault,
    hasMore: known !== undefined && known.next !== null,
    more: () => known !== undefined && load(known.items, known.next),
    changed: (person: Person) =>
      setFound(
        before =>
          before && {
            ...before,
            items: before.items.map(one => (one.accountId === person.accountId ? person : one)),
          },
      ),
  }
}

interface CardProps extends StaffProps {
  person: Person
  onChanged(person: Person): void
}

function PersonCard(props: CardProps) {
  const { words, say, roles, person } = props
  const { accountId, name, createdAtS, isLinked, isLocked, points } = person
  return (
    <article class="card item" aria-labelledby={accountId}>
      <h2 id={accountId}>
        {name} <small>{accountId}</small>
      </h2>
      {isLocked && (
        <p class="badge" data-state="expelled">
          {say.locked}
        </p>
      )}
      <p class="hint">
        {person.roles.map(role => say.roles[role]).join(', ')}
        {person.espIds.length > 0 && ` (${person.espIds.join(', ')})`}. {say.since(words.format.date(createdAtS))},{' '}
        {isLinked ? say.linked : say.notLinked}, {say.points(words.format.whole(points))}
      </p>
      <Opened title={say.manage}>
        {mayRoles(roles, 'people.change') && <Changes {...props} />}
        <MandateList words={words} say={say} accountId={accountId} />
      </Opened>
    </article>
  )
}

function Changes({ words, say, tell, person, onChanged }: CardProps) {
  const { accountId, name, roles, espIds, isLocked } = person

  async function change(path: string, wish: object, text: string) {
    const answer = await sendJson<Person>(`/people/${accountId}/${path}`, wish)
    if (!answer.ok) return answer.fault
    onChanged(answer.value.body)
    tell(text)
    return undefined
  }

  // the first is the account's own, and stays
  const taken: { role: Role; espId?: string }[] = [
    ...roles.slice(1).flatMap(role => (role === 'esp-manager' ? [] : [{ role }])),
    ...espIds.map(espId => ({ role: 'esp-manager' as const, espId })),
  ]
  return (
    <>
      <h3>{say.rolesTitle}</h3>
      <div class="row">
        {taken.map(wish => {
          const word = wish.espId === undefined ? say.roles[wish.role] : `${say.roles[wish.role]} ${wish.espId}`
          return (
            <Act
              key={`${wish.role} ${wish.espId}`}
              {...{ words, say }}
              label={say.take(word)}
              of={name}
              ask={say.takeAsk(word, name)}
              run={() => change('roles', { ...wish, isGiven: false }, say.roleTaken(name, word))}
            />
          )
        })}
      </div>
      <GiveRole
        {...{ words, say }}
        give={wish => change('roles', { ...wish, isGiven: true }, say.roleGiven(name, say.roles[wish.role]))}
      />
      <div class="row">
        <Act
          key={String(isLocked)}
          {...{ words, say }}
          label={isLocked ? say.unlock : say.lock}
          of={name}
          ask={isLocked ? say.unlockAsk(name) : say.lockAsk(name)}
          reason="needed"
          run={reason =>
            change('lock', { isLocked: !isLocked, reason }, isLocked ? say.isUnlocked(name) : say.isLocked(name))
          }
        />
      </div>
    </>
  )
}

interface GiveProps extends Pick<StaffProps, 'words' | 'say'> {
  give(wish: { role: Role; espId?: string }): Promise<ApiFault | undefined>
}

function GiveRole({ words, say, give }: GiveProps) {
  const [role, setRole] = useState<Role>('support')
  const [espId, setEspId] = useState('')
  const [fault, setFault] = useState<ApiFault | undefined>()
  return (
    <form
      class="filters"
      onSubmit={event => {
        event.preventDefault()
        const wish = role === 'esp-manager' ? { role, espId: espId.trim() } : { role }
        void give(wish).then(setFault)
      }}
    >
      <label>
        {say.giveRole}
        <select value={role} onChange={event => setRole(event.currentTarget.value as Role)}>
          {ROLES.map(one => (
            <option key={one} value={one}>
              {say.roles[one]}
            </option>
          ))}
        </select>
      </label>
      {role === 'esp-manager' && (
        <label>
          {say.espId}
          <input
            value={espId}
            required
            maxLength={64}
            pattern="\s*[a-z0-9_\-]+\s*"
            autocapitalize="off"
            spellcheck={false}
            onInput={event => setEspId(event.currentTarget.value)}
          />
        </label>
      )}
      <button type="submit" class="small">
        {say.give}
      </button>
      <Trouble words={words} say={say} fault={fault} />
    </form>
  )
}

function MandateList({ words, say, accountId }: Pick<StaffProps, 'words' | 'say'> & { accountId: string }) {
  const [mandates, fault] = useAsked<Mandates>(`/people/${accountId}/mandates`, ASK_EVERY_MS)
  const { states, scopes } = words.say.people
  const standing = ({ state, offeredUntilS, endsAtS }: Mandate): string => {
    if (state === 'offered') return states.offered(words.format.date(Math.min(offeredUntilS, endsAtS)))
    return state === 'open' ? states.open(words.format.date(endsAtS)) : states[state]
  }
  const lines = mandates && [
    ...mandates.given.map(one => ({
      one,
      text: one.holderName === null ? say.mandateOffered : say.mandateGiven(one.holderName),
    })),
    ...mandates.held.map(one => ({ one, text: say.mandateHeld(one.giverName) })),
  ]
  return (
    <>
      <h3>{say.mandatesTitle}</h3>
      <Trouble words={words} say={say} fault={fault} />
      {lines?.length === 0 && <p class="hint">{say.mandatesNone}</p>}
      <ul class="plain">
        {lines?.map(({ one, text }) => (
          <li key={one.mandateId}>
            {text}: {scopes[one.scope]}. <small>{standing(one)}</small>
          </li>
        ))}
      </ul>
    </>
  )
}
