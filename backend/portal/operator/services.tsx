// Services that wait for a review: the list, and one of them as its customers will read it, line by line, beside what the version before said. The word goes to
// exactly the text that was read: another one meanwhile is refused.

import { useRef, useState } from 'preact/hooks'
import { sendJson } from '../api/client.ts'
import type { Service, ServiceReview } from '../api/types.ts'
import { useAsked } from '../parts/asking.ts'
import { useList } from '../parts/listing.ts'
import { More } from '../parts/more.tsx'
import { ServiceCard } from '../parts/service-card.tsx'
import { DICTIONARIES, LANGUAGES, type Language } from '../text/languages.ts'
import { linesBeside, type ReadLine } from './differences.ts'
import { Act, type StaffProps, Trouble } from './parts.tsx'

const ASK_EVERY_MS = 30_000

export function ServicesPage({ words, say, roles, openedMs, tell }: StaffProps) {
  const list = useList<Service>('/services/submitted', ASK_EVERY_MS)
  const [serviceId, setServiceId] = useState<string | undefined>()
  const rows = useRef<HTMLDivElement>(null)

  function close(text?: string): void {
    setServiceId(undefined)
    if (text !== undefined) tell(text)
    list.ask()
    document.getElementById('content')?.focus()
  }

  if (serviceId !== undefined) return <Review {...{ words, say, roles, openedMs, tell, serviceId }} onClose={close} />
  return (
    <>
      <p class="hint">{say.servicesText}</p>
      <Trouble words={words} say={say} fault={list.fault} />
      {list.items?.length === 0 && <p class="card hint">{say.servicesNone}</p>}
      <div class="rows" aria-busy={list.isBehind} ref={rows}>
        {list.items?.map(service => (
          <ServiceCard
            key={service.serviceId}
            {...{ words, service, heading: 'h2', look: say.look, facts: factsOf(service, say) }}
            onLook={one => setServiceId(one.serviceId)}
          />
        ))}
      </div>
      <More {...{ words, list, rows }} />
    </>
  )
}

function factsOf({ espName, espCountry, version }: Service, say: StaffProps['say']): string {
  return `${espName} (${espCountry}), ${say.version(String(version))}`
}

function Review({ words, say, serviceId, onClose }: StaffProps & { serviceId: string; onClose(text?: string): void }) {
  const [language, setLanguage] = useState<Language>(words.language)
  const path = `/services/${serviceId}/review?language=${language}`
  const [review, fault] = useAsked<ServiceReview>(path, ASK_EVERY_MS)
  if (review === undefined) return <Trouble words={words} say={say} fault={fault} />
  const { service, before } = review
  const name = service.text.name[words.language]

  /** `digest`: of what stood on the screen when the question was opened. */
  async function judge(digest: string, isGood: boolean, remark: string) {
    const answer = await sendJson(`/services/${serviceId}/review`, { digest, isGood, remark })
    if (!answer.ok) return answer.fault
    onClose(isGood ? say.approved(name) : say.sentBack(name))
    return undefined
  }

  return (
    <article class="card item review" aria-labelledby="review-title">
      <div class="row">
        <button type="button" class="small quiet" onClick={() => onClose()}>
          {say.back}
        </button>
      </div>
      <h2 id="review-title">{name}</h2>
      <p class="hint">{factsOf(service, say)}</p>
      <p class="badge" data-state={review.isNewConsent ? 'applied' : 'admitted'}>
        {before === null ? say.firstVersion : review.isNewConsent ? say.newConsent : say.sameConsent}
      </p>
      {before !== null && <p class="hint">{say.changedFrom(String(before.version))}</p>}
      {service.remark !== undefined && service.remark !== '' && (
        <p>
          {say.lastRemark} <q>{service.remark}</q>
        </p>
      )}
      <label class="entry short">
        {say.language}
        <select value={language} onChange={event => setLanguage(event.currentTarget.value as Language)}>
          {LANGUAGES.map(one => (
            <option key={one} value={one} lang={one}>
              {DICTIONARIES[one].name}
            </option>
          ))}
        </select>
      </label>
      <Trouble words={words} say={say} fault={fault} />
      <Lines {...{ words, say, review, language }} />
      <div class="row">
        {/* a text that changes under the reader's eyes closes the question */}
        <Act
          key={`good ${service.digest}`}
          {...{ words, say }}
          label={say.approve}
          of={name}
          ask={say.approveAsk(name)}
          reason="free"
          run={remark => judge(service.digest, true, remark)}
        />
        <Act
          key={`back ${service.digest}`}
          {...{ words, say }}
          label={say.sendBack}
          of={name}
          ask={say.sendBackAsk(name)}
          reason="needed"
          run={remark => judge(service.digest, false, remark)}
        />
      </div>
    </article>
  )
}

interface LinesProps extends Pick<StaffProps, 'words' | 'say'> {
  review: ServiceReview
  language: Language
}

function Lines({ words, say, review: { service, before, lines }, language }: LinesProps) {
  const labels: { [about in ReadLine['about']]: string } = {
    summary: say.summary,
    category: say.category,
    kinds: say.kinds,
    channels: say.channels,
    contact: say.customerContact,
  }
  const beside = linesBeside(service.text, before?.text, language, {
    category: name => words.say.sharing.categories[name as keyof typeof words.say.sharing.categories],
    kind: name => say.kindNames[name] ?? name,
    channel: name => say.channelNames[name] ?? name,
  })
  return (
    <dl class="lines">
      {lines.map(({ about, label, text, before: old }) => (
        <Line key={about} {...{ say, label, text, language }} before={old ?? undefined} />
      ))}
      {beside.map(({ about, text, before: old }) => (
        <Line key={about} {...{ say, text, language }} label={labels[about]} before={old} />
      ))}
    </dl>
  )
}

interface LineProps {
  say: StaffProps['say']
  label: string
  text: string
  before: string | undefined
  language: Language
}

function Line({ say, label, text, before, language }: LineProps) {
  return (
    <div class={before === undefined ? undefined : 'changed'} lang={language}>
      <dt>{label}</dt>
      {before !== undefined && (
        <dd>
          <span class="unseen" lang={document.documentElement.lang}>
            {say.was}{' '}
          </span>
          <del>{before}</del>
        </dd>
      )}
      <dd>
        {before === undefined ? (
          text
        ) : (
          <>
            <span class="unseen" lang={document.documentElement.lang}>
              {say.now}{' '}
            </span>
            <ins>{text}</ins>
          </>
        )}
      </dd>
    </div>
  )
}
