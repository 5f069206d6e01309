// Providers: who applies, is admitted, refused, suspended or expelled, with the reason; what each has published, and what happened to it.

import { useState } from 'preact/hooks'
import { sendJson } from '../api/client.ts'
import type { Esp, EspEvent, Service } from '../api/types.ts'
import { type Page, useAsked } from '../parts/asking.ts'
import { Act, Moment, Opened, type StaffProps, Trouble } from './parts.tsx'

const ASK_EVERY_MS = 30_000

type Decision = 'admit' | 'refuse' | 'suspend' | 'expel'

const NEXT: { [state in Esp['state']]: readonly Decision[] } = {
  applied: ['admit', 'refuse'],
  admitted: ['suspend', 'expel'],
  refused: ['admit'],
  suspended: ['admit', 'expel'],
  expelled: ['admit'],
}

export function EspsPage({ words, say, roles, openedMs, tell }: StaffProps) {
  const [state, setState] = useState('')
  const [esps, fault, ask] = useAsked<{ items: Esp[] }>(
    `/esps?limit=200${state === '' ? '' : `&state=${state}`}`,
    ASK_EVERY_MS,
  )
  // who waits comes first; the others as they came
  const items = esps && [...esps.items].sort((a, b) => Number(b.state === 'applied') - Number(a.state === 'applied'))
  return (
    <>
      <p class="hint">{say.espsText}</p>
      <form class="card filters" onSubmit={event => event.preventDefault()}>
        <label>
          {say.state}
          <select value={state} onChange={event => setState(event.currentTarget.value)}>
            <option value="">{say.everyState}</option>
            {Object.entries(say.espStates).map(([one, name]) => (
              <option key={one} value={one}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </form>
      <Trouble words={words} say={say} fault={fault} />
      <div class="rows" aria-busy={items === undefined}>
        {items?.length === 0 && <p class="card hint">{say.none}</p>}
        {items?.map(esp => (
          <EspCard
            key={esp.espId}
            {...{ words, say, roles, openedMs, esp }}
            tell={text => {
              tell(text)
              ask()
            }}
          />
        ))}
      </div>
    </>
  )
}

function EspCard({ words, say, roles, openedMs, tell, esp }: StaffProps & { esp: Esp }) {
  const { espId, state, profile } = esp
  const { name, companyNumber, country, contact } = profile
  const asks: { [act in Decision]: string } = {
    admit: say.admitAsk(name),
    refuse: say.refuseAsk(name),
    suspend: say.suspendAsk(name),
    expel: say.expelAsk(name),
  }

  async function decide(act: Decision, remark: string) {
    const answer = await sendJson<Esp>(`/esps/${espId}/${act}`, { remark })
    if (!answer.ok) return answer.fault
    tell(say.decided(name, say.espStates[answer.value.body.state]))
    return undefined
  }

  return (
    <article class="card item" aria-labelledby={espId}>
      <h2 id={espId}>
        {name} <small>{country}</small>
      </h2>
      <p class="badge" data-state={state}>
        {say.espStates[state]}
      </p>
      <dl class="facts">
        <div>
          <dt>{say.company}</dt>
          <dd>{companyNumber}</dd>
        </div>
        <div>
          <dt>{say.contact}</dt>
          <dd>{[contact.eMail, contact.url].filter(one => one !== undefined).join(', ')}</dd>
        </div>
      </dl>
      <div class="row">
        {NEXT[state].map(act => (
          <Act
            key={act}
            {...{ words, say }}
            label={say[act]}
            of={name}
            ask={asks[act]}
            reason={act === 'admit' ? 'free' : 'needed'}
            run={remark => decide(act, remark)}
          />
        ))}
      </div>
      {state === 'admitted' && (
        <Opened title={say.espServices}>
          <Published {...{ words, say, roles, openedMs, tell, espId }} />
        </Opened>
      )}
      <Opened title={say.espStory}>
        <Story {...{ words, say, espId }} />
      </Opened>
    </article>
  )
}

function Published({ words, say, tell, espId }: StaffProps & { espId: string }) {
  const [services, fault, ask] = useAsked<Page<Service>>(`/catalogue?limit=100&espId=${espId}`, ASK_EVERY_MS)

  async function withdraw(serviceId: string, name: string) {
    const answer = await sendJson(`/services/${serviceId}/withdraw`, {})
    if (!answer.ok) return answer.fault
    tell(say.withdrawn(name))
    ask()
    return undefined
  }

  return (
    <>
      <Trouble words={words} say={say} fault={fault} />
      {services?.items.length === 0 && <p class="hint">{say.none}</p>}
      <ul class="plain">
        {services?.items.map(({ serviceId, version, text }) => {
          const name = text.name[words.language]
          return (
            <li key={serviceId}>
              {name} <small>{say.version(String(version))}</small>
              <span class="row">
                <Act
                  {...{ words, say }}
                  label={say.withdraw}
                  of={name}
                  ask={say.withdrawAsk(name)}
                  run={() => withdraw(serviceId, name)}
                />
              </span>
            </li>
          )
        })}
      </ul>
    </>
  )
}

function Story({ words, say, espId }: Pick<StaffProps, 'words' | 'say'> & { espId: string }) {
  const [story, fault] = useAsked<{ items: EspEvent[] }>(`/esps/${espId}/events?limit=200`, ASK_EVERY_MS)
  return (
    <>
      <Trouble words={words} say={say} fault={fault} />
      <ol class="plain">
        {story?.items.map(({ atMs, actor, kind, serviceId, version, remark }) => (
          <li key={`${atMs} ${kind} ${serviceId}`}>
            <Moment words={words} ms={atMs} /> {say.espEvents[kind]}{' '}
            <small>
              {serviceId !== null && `${serviceId}, ${say.version(String(version))}, `}
              {say.by(actor)}
            </small>
            {remark !== null && remark !== '' && <q>{remark}</q>}
          </li>
        ))}
      </ol>
    </>
  )
}
