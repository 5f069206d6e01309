// One service: where its newest version stands, what the review said, what it needs, and the acts that this state allows.

import { useState } from 'preact/hooks'
import { FIELD_WORDS } from '../../../shared/reading/field-words.ts'
import { sendJson } from '../api/client.ts'
import type { DataNeed, Service } from '../api/types.ts'
import { CheckIcon, WaitIcon, WarnIcon } from '../parts/icons.tsx'
import { Question } from '../parts/question.tsx'
import { LANGUAGES } from '../text/languages.ts'
import { ProblemLine, type Scene, useActs } from './acting.tsx'
import type { OwnService } from './services.ts'

interface CardProps {
  scene: Scene
  own: OwnService
  onEdit(newest: Service): void
  onDone(told: string): void
}

export function ServiceCard({ scene, own, onEdit, onDone }: CardProps) {
  const { say, words } = scene
  const { newest, published, older, serviceId } = own
  const { state, text, remark = '' } = newest
  const name = text.name[words.language]
  const version = (one: Service) => words.format.whole(one.version)
  const isReplaced = published !== undefined && published !== newest
  return (
    <article class="card service" aria-labelledby={serviceId}>
      <h3 id={serviceId}>{name}</h3>
      <p class="verdict" data-verdict={state === 'published' ? 'good' : 'late'}>
        {state === 'published' ? <CheckIcon /> : state === 'withdrawn' ? <WarnIcon /> : <WaitIcon />}
        <span>
          {say.serviceStates[state]}. {say.next[state]} <small>{say.version(version(newest))}</small>
        </span>
      </p>
      {isReplaced && <p class="hint">{say.isPublished(version(published))}</p>}
      {newest.consentVersion < newest.version && state === 'published' && (
        <p class="hint">{say.consentSince(words.format.whole(newest.consentVersion))}</p>
      )}
      {remark !== '' && (state === 'draft' || state === 'reviewed') && (
        <p class="said">
          {say.reviewSays} <q>{remark}</q>
        </p>
      )}
      <p>{text.summary[words.language]}</p>
      <Need scene={scene} need={text.need} />
      <Acts {...{ scene, own, onEdit, onDone, name }} />
      {older.length > 0 && (
        <details class="history">
          <summary>{say.olderVersions}</summary>
          <ol>
            {older.map(one => (
              <li key={one.version}>
                {say.version(version(one))}: {say.serviceStates[one.state]}
              </li>
            ))}
          </ol>
        </details>
      )}
    </article>
  )
}

function Need({ scene: { say, words }, need }: { scene: Scene; need: DataNeed }) {
  const { periodS, everyS, historyS, lifetimeS, aggregation, needsEan } = need
  const length = words.format.duration
  const at = LANGUAGES.indexOf(words.language)
  const parts = [
    need.fields.map(field => FIELD_WORDS[field][at]).join(', '),
    ...(needsEan ? [say.needIn.ean] : []),
    say.needIn.period(length(periodS), aggregation === 'mean'),
    everyS === 0 ? say.needIn.asItComes : say.needIn.every(length(everyS)),
    historyS === 0 ? say.needIn.noHistory : say.needIn.history(length(historyS)),
    say.needIn.lifetime(length(lifetimeS)),
  ]
  return (
    <p class="hint">
      {say.need}: {parts.join('; ')}
    </p>
  )
}

function Acts({ scene, own, onEdit, onDone, name }: CardProps & { name: string }) {
  const { say } = scene
  const { newest, published, serviceId } = own
  const { state } = newest
  const { fault, act } = useActs()
  const isSettled = state === 'published' || state === 'withdrawn'
  const edit = isSettled ? say.newVersion : say.edit

  async function move(step: 'submit' | 'publish', told: string): Promise<void> {
    const moved = await act(() => sendJson<Service>(`/esp/services/${serviceId}/${step}`, {}))
    if (moved !== undefined) onDone(told)
  }
  return (
    <>
      <div class="row">
        {state === 'draft' && (
          <button
            type="button"
            aria-label={`${say.submit}: ${name}`}
            onClick={() => void move('submit', say.submitted)}
          >
            {say.submit}
          </button>
        )}
        {state === 'reviewed' && (
          <button
            type="button"
            aria-label={`${say.publish}: ${name}`}
            onClick={() => void move('publish', say.published)}
          >
            {say.publish}
          </button>
        )}
        <button type="button" class="quiet" aria-label={`${edit}: ${name}`} onClick={() => onEdit(newest)}>
          {edit}
        </button>
        {published !== undefined && <Withdraw {...{ scene, serviceId, name, onDone }} />}
      </div>
      <ProblemLine scene={scene} fault={fault} />
    </>
  )
}

interface WithdrawProps {
  scene: Scene
  serviceId: string
  name: string
  onDone(told: string): void
}

function Withdraw({ scene, serviceId, name, onDone }: WithdrawProps) {
  const { say } = scene
  const [endsPermissions, setEnds] = useState(false)
  const { fault, act } = useActs()

  async function withdraw(once: string): Promise<boolean> {
    const path = `/esp/services/${serviceId}/withdraw`
    const withdrawn = await act(() => sendJson<Service>(path, { endsPermissions }, once))
    if (withdrawn !== undefined) onDone(say.withdrawn)
    return withdrawn !== undefined
  }
  const ways = [
    [false, say.withdrawKeep],
    [true, say.withdrawEnd],
  ] as const
  return (
    <Question
      {...{ words: scene.words, label: say.withdraw, about: name, ask: say.withdrawAsk(name), isQuiet: true }}
      onYes={withdraw}
      trouble={<ProblemLine scene={scene} fault={fault} />}
    >
      {ways.map(([ends, label]) => (
        <label key={label} class="tick">
          <input
            type="radio"
            name={`withdraw-${serviceId}`}
            checked={endsPermissions === ends}
            onChange={() => setEnds(ends)}
          />
          {label}
        </label>
      ))}
    </Question>
  )
}
