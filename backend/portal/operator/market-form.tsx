// What the market told on another way, a letter or a call, entered by hand: the same event that its system would have told, under the name of who entered it.
// Asked once more before it is taken in, because a change of holder ends everything that was permitted.

import { useRef, useState } from 'preact/hooks'
import { type ApiFault, sendJson } from '../api/client.ts'
import type { MarketAnswers, MarketEvent, MarketKind } from '../api/types.ts'
import { Question } from '../parts/question.tsx'
import { marketEventIn } from './market-event.ts'
import { type StaffProps, Trouble } from './parts.tsx'

type FormProps = Pick<StaffProps, 'words' | 'say' | 'tell'> & { onTold(): void }

export function MarketForm({ words, say, tell, onTold }: FormProps) {
  const [kind, setKind] = useState<MarketKind>('move')
  const [event, setEvent] = useState<MarketEvent | undefined>()
  const [fault, setFault] = useState<ApiFault | undefined>()
  const asker = useRef<HTMLButtonElement>(null)

  async function take(once: string): Promise<boolean> {
    const answer = await sendJson<MarketAnswers>('/access-register/market-events', { items: [event] }, once)
    setFault(answer.ok ? undefined : answer.fault)
    const outcome = answer.ok && answer.value.body.items[0]?.outcome
    if (!outcome) return false
    tell(`${say.marketKinds[kind]}: ${say.outcomes[outcome]}. ${say.outcomeHelp[outcome] ?? ''}`.trim())
    setEvent(undefined)
    onTold()
    return true
  }
  return (
    <>
      <p class="hint">{say.tellText}</p>
      <form
        onSubmit={submitted => {
          submitted.preventDefault()
          setEvent(marketEventIn(new FormData(submitted.currentTarget), Date.now()))
        }}
      >
        <fieldset class="fields" disabled={event !== undefined}>
          <legend class="unseen">{say.tellTitle}</legend>
          <label class="entry short">
            {say.tellKind}
            <select name="kind" value={kind} onChange={chosen => setKind(chosen.currentTarget.value as MarketKind)}>
              {(Object.keys(say.marketKinds) as MarketKind[]).map(one => (
                <option key={one} value={one}>
                  {say.marketKinds[one]}
                </option>
              ))}
            </select>
          </label>
          <Typed name="eventId" label={say.eventId} pattern="[!-~]{1,100}" />
          <Typed name="ean" label={say.tellEan} pattern="\s*[0-9]{18}\s*" inputMode="numeric" />
          {kind !== 'contract-end' && <Typed name="holderId" label={say.tellHolder} pattern="\s*[!-~]{1,64}\s*" />}
          {kind === 'meter-change' && <Typed name="meterSerial" label={say.tellMeter} pattern="[ -~]{1,64}" />}
          <label class="entry short">
            {say.tellEffective}
            <input name="effective" type="datetime-local" step={1} required />
          </label>
          <p class="row">
            <button type="submit" ref={asker}>
              {say.tell}
            </button>
          </p>
        </fieldset>
      </form>
      {event !== undefined && (
        <Question
          words={words}
          label={say.tell}
          ask={say.tellAsk(say.marketKinds[kind], event.ean.slice(-4), words.format.dayAndClock(event.effectiveS))}
          isOpenFirst
          back={asker}
          onYes={take}
          onNo={() => {
            setEvent(undefined)
            setFault(undefined)
          }}
          trouble={<Trouble words={words} say={say} fault={fault} />}
        />
      )}
    </>
  )
}

interface TypedProps {
  name: string
  label: string
  pattern: string
  inputMode?: 'numeric'
}

function Typed({ name, label, pattern, inputMode }: TypedProps) {
  return (
    <label class="entry short">
      {label}
      <input
        {...{ name, pattern, inputMode }}
        required
        maxLength={100}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
      />
    </label>
  )
}
