// The question, on one screen: what exactly is shared, with whom, why, how often, how long and at what price, as the server wrote it, and a yes
// and a no that weigh the same. Who has not accepted the terms of use reads them first. Nothing is ticked beforehand, but what they ticked themselves
// before they had to prove who they are.

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { getJson, sendJson } from '../api/client.ts'
import type { MeteringPoint, OwnPermission, OwnTerms, Service, Statement } from '../api/types.ts'
import { onceWord } from '../parts/asking.ts'
import { type GivenBack, proveFirst } from '../parts/kept.ts'
import { problemOf } from '../parts/problem.ts'
import { Problem, Returned } from '../parts/problem-line.tsx'
import type { Words } from '../parts/words.ts'
import type { PageProblem } from '../text/problems/words.ts'
import { isAccepted } from './accepted.ts'
import { TermsForm } from './terms-form.tsx'

interface SubscribeProps {
  words: Words
  service: Service
  points: MeteringPoint[]
  onDone(told: string): void
  /** Somebody comes back from proving who they are. */
  kept?: GivenBack<KeptQuestion> | undefined
}

/** A yes to a statement that waits for a fresh sign-in. */
export interface KeptQuestion {
  serviceId: string
  pointId: string
  /** The digest of what was read: another one is another question. */
  statement: string
}

interface Asked {
  permission: OwnPermission
  statement: Statement
}

export function Subscribe({ words, service, points, onDone, kept }: SubscribeProps) {
  const say = words.say.sharing
  const [chosen, setPointId] = useState(kept?.wish.pointId)
  const pointId = chosen ?? points[0]?.id
  const [terms, setTerms] = useState<OwnTerms | undefined>()
  const [asked, setAsked] = useState<Asked | undefined>()
  const [problem, setProblem] = useState<PageProblem | undefined>()
  const title = useRef<HTMLHeadingElement>(null)
  const name = service.text.name[words.language]
  const mustAccept = terms !== undefined && !isAccepted(terms)
  useLayoutEffect(() => {
    title.current?.focus()
    void getJson<OwnTerms>('/terms/acceptance', AbortSignal.timeout(15_000)).then(answer => {
      if (answer.ok) setTerms(answer.value.body)
      else setProblem(problemOf(answer.fault))
    })
  }, [])
  // In another language, or for another point, it is another question.
  useEffect(() => {
    setAsked(undefined)
    if (terms === undefined || mustAccept || pointId === undefined) return
    const wish = { meteringPointId: pointId, serviceId: service.serviceId, language: words.language }
    let isLeft = false
    void sendJson<Asked>('/permissions', wish, onceWord()).then(answer => {
      if (isLeft) return
      setProblem(answer.ok ? undefined : problemOf(answer.fault))
      if (answer.ok) setAsked(answer.value.body)
    })
    return () => {
      isLeft = true
    }
  }, [terms, mustAccept, pointId, words.language, service.serviceId])
  return (
    <section class="card subscribe" aria-labelledby="ask-title" aria-busy={asked === undefined && !mustAccept}>
      <h2 id="ask-title" tabIndex={-1} ref={title}>
        {say.askTitle(name)}
      </h2>
      {points.length > 1 && (
        <label class="choice">
          {say.point}{' '}
          <select value={pointId} onChange={event => setPointId(event.currentTarget.value)}>
            {points.map(point => (
              <option key={point.id} value={point.id}>
                {point.name ?? words.say.eanEnding(point.ean.slice(-4))}
              </option>
            ))}
          </select>
        </label>
      )}
      {mustAccept && <TermsForm words={words} terms={terms} onAccepted={setTerms} />}
      {asked !== undefined && <Question words={words} service={service} asked={asked} onDone={onDone} kept={kept} />}
      <Problem words={words} problem={problem} />
      {asked === undefined && (
        <div class="row">
          <button type="button" class="quiet" onClick={() => onDone(say.refused)}>
            {say.refuse}
          </button>
        </div>
      )}
    </section>
  )
}

interface QuestionProps extends Omit<SubscribeProps, 'points'> {
  asked: Asked
}

function Question({ words, service, asked: { permission, statement }, onDone, kept }: QuestionProps) {
  const say = words.say.sharing
  const wasRead = kept?.wish.statement === statement.digest
  const [isRead, setRead] = useState(wasRead)
  const [problem, setProblem] = useState<PageProblem | undefined>(kept && !wasRead ? 'statement.other' : undefined)
  const [isMissing, setMissing] = useState(false)
  const [isDoing, setDoing] = useState(false)
  const tick = useRef<HTMLInputElement>(null)
  const yes = useRef<HTMLButtonElement>(null)
  const once = useRef(onceWord())
  useLayoutEffect(() => {
    if (wasRead) yes.current?.focus()
  }, [])
  const path = `/permissions/${encodeURIComponent(permission.permissionId)}`

  async function grant(): Promise<void> {
    setMissing(!isRead)
    if (!isRead) return tick.current?.focus()
    setDoing(true)
    const agreed = { statement: statement.digest, language: statement.language, isPriceAccepted: true }
    const answer = await sendJson(`${path}/grant`, agreed, once.current)
    setDoing(false)
    if (answer.ok) onDone(say.granted(service.espName))
    else setProblem(problemOf(answer.fault))
  }

  function prove(): void {
    const { serviceId } = service
    void proveFirst<KeptQuestion>(words, 'sharing', {
      serviceId,
      pointId: permission.meteringPointId,
      statement: statement.digest,
    })
  }

  async function refuse(): Promise<void> {
    setDoing(true)
    // The no holds even when it does not arrive: a question that nobody answers lapses.
    await sendJson(`${path}/refuse`, {})
    onDone(say.refused)
  }

  return (
    <>
      <p>{say.askText}</p>
      <dl class="statement" lang={statement.language}>
        {statement.lines.map(({ about, label, text }) => (
          <div key={about}>
            <dt>{label}</dt>
            <dd>{about === 'privacy' ? <Policy words={words} address={text} /> : text}</dd>
          </div>
        ))}
      </dl>
      <label class="tick">
        <input
          type="checkbox"
          ref={tick}
          checked={isRead}
          aria-invalid={isMissing && !isRead}
          aria-describedby="tick-help"
          onChange={event => setRead(event.currentTarget.checked)}
        />
        {say.priceAgree}
      </label>
      <p id="tick-help" class="help wrong" role="status">
        {isMissing && !isRead ? say.priceFirst : ''}
      </p>
      <Returned words={words} given={wasRead ? kept : undefined} />
      <div class="row choices">
        <button type="button" disabled={isDoing} ref={yes} onClick={() => void grant()}>
          {say.agree}
        </button>
        <button type="button" disabled={isDoing} onClick={() => void refuse()}>
          {say.refuse}
        </button>
      </div>
      <Problem words={words} problem={problem} onProve={prove} />
    </>
  )
}

/** Of the provider's own place on the web: it learns nothing of where the reader comes from. */
function Policy({ words, address }: { words: Words; address: string }) {
  return (
    <a href={address} target="_blank" rel="noopener noreferrer">
      {words.say.sharing.privacy}
    </a>
  )
}
