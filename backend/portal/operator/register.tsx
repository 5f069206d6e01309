// What the market told of metering points, what came of it and what it has set off here; and every holding that ended, whatever the cause. What contradicts or
// was refused can be had alone: nothing follows from it until a person has looked.

import { useRef, useState } from 'preact/hooks'
import type { MarketStory, TenureEnd } from '../api/types.ts'
import { useList } from '../parts/listing.ts'
import { More } from '../parts/more.tsx'
import { MarketForm } from './market-form.tsx'
import { Moment, Opened, type StaffProps, Trouble } from './parts.tsx'
import { mayRoles } from './sections.ts'

type Props = Pick<StaffProps, 'words' | 'say'>

const ASK_EVERY_MS = 30_000

export function RegisterPage({ words, say, roles, tell }: StaffProps) {
  const [isTrouble, setTrouble] = useState(false)
  const path = `/access-register/market-events${isTrouble ? '?isTrouble=true' : ''}`
  const list = useList<MarketStory>(path, ASK_EVERY_MS)
  const { items, fault } = list
  const rows = useRef<HTMLDivElement>(null)
  return (
    <>
      <p class="hint">{say.registerText}</p>
      <form class="card filters" onSubmit={event => event.preventDefault()}>
        <label>
          {say.which}
          <select value={String(isTrouble)} onChange={event => setTrouble(event.currentTarget.value === 'true')}>
            <option value="false">{say.allEvents}</option>
            <option value="true">{say.onlyTrouble}</option>
          </select>
        </label>
      </form>
      <Trouble words={words} say={say} fault={fault} />
      {items?.length === 0 && <p class="card hint">{say.none}</p>}
      <div class="rows" aria-busy={list.isBehind && fault === undefined} ref={rows}>
        {items?.map((event, at) => (
          // an id is told again where the market contradicts itself
          <EventCard key={`${event.eventId} ${event.toldAtMs} ${at}`} {...{ words, say, event }} />
        ))}
      </div>
      <More {...{ words, list, rows }} />
      {mayRoles(roles, 'register.tell') && (
        <div class="card item">
          <Opened title={say.tellTitle}>
            <MarketForm {...{ words, say, tell }} onTold={list.ask} />
          </Opened>
        </div>
      )}
      <Ends words={words} say={say} />
    </>
  )
}

function EventCard({ words, say, event }: Props & { event: MarketStory }) {
  const { eventId, kind, outcome, toldAtMs, effectiveS, eanEnd, meteringPointId, setOff } = event
  const { format } = words
  const help = say.outcomeHelp[outcome]
  return (
    <article class="card item market">
      <h2>
        {say.marketKinds[kind]} <small>{say.effective(format.dayAndClock(effectiveS))}</small>
      </h2>
      <p class="badge" data-state={outcome}>
        {say.outcomes[outcome]}
      </p>
      <p class="hint">
        {meteringPointId === null ? say.foreignPoint(eanEnd) : say.point(meteringPointId, eanEnd)};{' '}
        {say.told(format.dayAndClock(Math.floor(toldAtMs / 1000)))}; {say.eventNo(eventId)}
      </p>
      {help !== undefined && <p>{help}</p>}
      {setOff !== null && <SetOff {...{ words, say, setOff }} />}
      {setOff === null && outcome === 'applied' && kind !== 'meter-change' && <p class="hint">{say.setOffNone}</p>}
    </article>
  )
}

function SetOff({ words, say, setOff }: Props & { setOff: NonNullable<MarketStory['setOff']> }) {
  const { permissions, esps, dongles } = setOff
  const { whole } = words.format
  return (
    <ul class="plain">
      <li>
        {say.setOff(whole(permissions))} <Moment words={words} ms={setOff.endedAtMs} />
      </li>
      {esps.told > 0 && <li>{say.espsTold(whole(esps.told), whole(esps.acknowledged))}</li>}
      {dongles.stopped + dongles.waiting > 0 && (
        <li>{say.donglesStopped(whole(dongles.stopped), whole(dongles.stopped + dongles.waiting))}</li>
      )}
    </ul>
  )
}

function Ends({ words, say }: Props) {
  const list = useList<TenureEnd>('/tenure-ends', ASK_EVERY_MS)
  const { items, fault } = list
  const rows = useRef<HTMLOListElement>(null)
  return (
    <section class="rows" aria-labelledby="ends-title">
      <h2 id="ends-title">{say.endsTitle}</h2>
      <p class="hint">{say.endsText}</p>
      <Trouble words={words} say={say} fault={fault} />
      {items?.length === 0 && <p class="card hint">{say.none}</p>}
      {items !== undefined && items.length > 0 && (
        <ol class="card plain" ref={rows}>
          {items.map(({ meteringPointId, endedAtMs, cause, permissions, dongles }) => (
            <li key={`${meteringPointId} ${endedAtMs}`}>
              <Moment words={words} ms={endedAtMs} /> {meteringPointId}: {words.say.sharing.causes[cause]}.{' '}
              {say.setOff(words.format.whole(permissions))}{' '}
              {dongles.map(({ dongleId, isConfirmed }) => (
                <small key={dongleId}>
                  {dongleId}: {isConfirmed ? say.stopConfirmed : say.stopWaiting}{' '}
                </small>
              ))}
            </li>
          ))}
        </ol>
      )}
      <More {...{ words, list, rows }} />
    </section>
  )
}
