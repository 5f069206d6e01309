// People: who has an account and as what. Roles are given and taken, accounts locked and opened, by who may; whoever only looks sees the same without the
// buttons. Mandates are there to be seen, and are their people's own to end.

import { useEffect, useRef, useState } from 'preact/hooks'
import { ROLES, type Role } from '../../../shared/schema/access.ts'
import { type ApiFault, sendJson } from '../api/client.ts'
import type { Mandate, Mandates, Person } from '../api/types.ts'
import { useAsked } from '../parts/asking.ts'
import { useList } from '../parts/listing.ts'
import { More } from '../parts/more.tsx'
import { Question } from '../parts/question.tsx'
import { Act, Opened, type StaffProps, Trouble } from './parts.tsx'
import { mayRoles } from './sections.ts'

/** Somebody who types is not asked for at every letter. */
const TYPING_MS = 300
const ASK_EVERY_MS = 60_000

export function PeoplePage({ words, say, roles, openedMs, tell }: StaffProps) {
  const [typed, setTyped] = useState('')
  const [search, setSearch] = useState('')
  const list = useList<Person>(search === '' ? '/people' : `/people?q=${encodeURIComponent(search)}`)
  const { items, fault } = list
  const rows = useRef<HTMLDivElement>(null)
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
      {items?.length === 0 && <p class="card hint">{say.none}</p>}
      <div class="rows" aria-busy={list.isBehind && fault === undefined} ref={rows}>
        {items?.map(person => (
          <PersonCard key={person.accountId} {...{ words, say, roles, openedMs, tell, person }} onChanged={list.ask} />
        ))}
      </div>
      <More {...{ words, list, rows }} />
    </>
  )
}

interface CardProps extends StaffProps {
  person: Person
  onChanged(): void
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
        {person.espIds.length > 0 && ` (${person.espIds.join(', ')})`}; {say.since(words.format.date(createdAtS))},{' '}
        {isLinked ? say.linked : say.notLinked}, {say.points(words.format.whole(points))}
      </p>
      <Opened title={say.manage}>
        {mayRoles(roles, 'people.change') && <Changes {...props} />}
        <MandateList words={words} say={say} accountId={accountId} />
      </Opened>
    </article>
  )
}

function Changes({ words, say, roles: own, tell, person, onChanged }: CardProps) {
  const { accountId, name, roles, espIds, isLocked } = person

  async function change(path: string, wish: object, text: string) {
    const answer = await sendJson<Person>(`/people/${accountId}/${path}`, wish)
    if (!answer.ok) return answer.fault
    onChanged()
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
      {taken.length > 0 && (
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
      )}
      <GiveRole
        {...{ words, say }}
        give={wish => change('roles', { ...wish, isGiven: true }, say.roleGiven(name, say.roles[wish.role]))}
      />
      {mayRoles(own, 'register.link') && <LinkForm {...{ words, say, tell, person, onChanged }} />}
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

/** Who the account's person is in the access register: asked once more, because what the register has for them is shown here from then on. */
function LinkForm({ words, say, tell, person, onChanged }: Omit<CardProps, 'roles' | 'openedMs'>) {
  const { accountId, name } = person
  const [holderId, setHolderId] = useState<string | undefined>()
  const asker = useRef<HTMLButtonElement>(null)
  const [fault, setFault] = useState<ApiFault | undefined>()

  async function link(once: string): Promise<boolean> {
    const answer = await sendJson(`/accounts/${accountId}/holder`, { holderId }, once, 'PUT')
    setFault(answer.ok ? undefined : answer.fault)
    if (!answer.ok) return false
    setHolderId(undefined)
    tell(say.isLinkedNow(name))
    onChanged()
    return true
  }
  return (
    <>
      <h3>{say.holderTitle}</h3>
      <p class="hint">{say.holderText}</p>
      <form
        class="filters"
        onSubmit={event => {
          event.preventDefault()
          setHolderId(String(new FormData(event.currentTarget).get('holder')).trim())
        }}
      >
        <label>
          {say.holderId}
          <input
            name="holder"
            required
            maxLength={80}
            pattern="\s*[!-~]{1,64}\s*"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
          />
        </label>
        <button type="submit" ref={asker} class="small">
          {say.link}
        </button>
      </form>
      {holderId !== undefined && (
        <Question
          key={holderId}
          {...{ words, label: say.link, ask: say.linkAsk(name, holderId), onYes: link }}
          isOpenFirst
          back={asker}
          onNo={() => {
            setHolderId(undefined)
            setFault(undefined)
          }}
          trouble={<Trouble words={words} say={say} fault={fault} />}
        />
      )}
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
