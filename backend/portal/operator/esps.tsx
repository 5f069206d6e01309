// Providers: who applies, is admitted, refused, suspended or expelled, with the reason; what each has published, and what happened to it.

import { useRef, useState } from 'preact/hooks'
import { sendJson } from '../api/client.ts'
import type { Esp, EspEvent, Service } from '../api/types.ts'
import { type List, useList } from '../parts/listing.ts'
import { More } from '../parts/more.tsx'
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

export function EspsPage(props: StaffProps) {
  const { say } = props
  const [state, setState] = useState('')
  const waiting = useList<Esp>('/esps?state=applied', ASK_EVERY_MS)
  const list = useList<Esp>(state === '' ? '/esps' : `/esps?state=${state}`, ASK_EVERY_MS)
  const isEvery = state === ''
  const isKnown = list.items !== undefined && waiting.items !== undefined
  const tell = (text: string): void => {
    props.tell(text)
    waiting.ask()
    list.ask()
  }
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
      {/* who waits comes first, whatever page of the list it is on */}
      {isEvery && <EspList {...props} tell={tell} list={waiting} isShown={() => true} />}
      <EspList {...props} tell={tell} list={list} isShown={esp => !isEvery || esp.state !== 'applied'} />
      {isKnown && list.items?.length === 0 && <p class="card hint">{say.none}</p>}
    </>
  )
}

interface EspListProps extends StaffProps {
  list: List<Esp>
  isShown(esp: Esp): boolean
}

function EspList({ list, isShown, ...props }: EspListProps) {
  const { words, say } = props
  const rows = useRef<HTMLDivElement>(null)
  const items = list.items?.filter(isShown)
  return (
    <>
      <Trouble words={words} say={say} fault={list.fault} />
      <div class="rows" aria-busy={list.isBehind} ref={rows}>
        {items?.map(esp => (
          <EspCard key={esp.espId} {...props} esp={esp} />
        ))}
      </div>
      <More words={words} rows={rows} list={{ ...list, items }} />
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
  const list = useList<Service>(`/catalogue?espId=${espId}`, ASK_EVERY_MS)
  const rows = useRef<HTMLUListElement>(null)

  async function withdraw(serviceId: string, name: string) {
    const answer = await sendJson(`/services/${serviceId}/withdraw`, {})
    if (!answer.ok) return answer.fault
    tell(say.withdrawn(name))
    list.ask()
    return undefined
  }

  return (
    <>
      <Trouble words={words} say={say} fault={list.fault} />
      {list.items?.length === 0 && <p class="hint">{say.none}</p>}
      <ul class="plain" ref={rows}>
        {list.items?.map(({ serviceId, version, text }) => {
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
      <More {...{ words, list, rows }} />
    </>
  )
}

function Story({ words, say, espId }: Pick<StaffProps, 'words' | 'say'> & { espId: string }) {
  const list = useList<EspEvent>(`/esps/${espId}/events`, ASK_EVERY_MS)
  const rows = useRef<HTMLOListElement>(null)
  return (
    <>
      <Trouble words={words} say={say} fault={list.fault} />
      <ol class="plain" ref={rows}>
        {list.items?.map(({ atMs, actor, kind, serviceId, version, remark }) => (
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
      <More {...{ words, list, rows }} />
    </>
  )
}
