// One permission: with whom, for what, until when, and the way out, which takes one question and no reason.

import { useState } from 'preact/hooks'
import { getJson, sendJson } from '../api/client.ts'
import type { OwnPermission } from '../api/types.ts'
import { CheckIcon, WarnIcon } from '../parts/icons.tsx'
import { problemOf } from '../parts/problem.ts'
import { Problem } from '../parts/problem-line.tsx'
import { Question } from '../parts/question.tsx'
import { save } from '../parts/save.ts'
import type { Words } from '../parts/words.ts'

interface PermissionCardProps {
  words: Words
  permission: OwnPermission
  onDone(told: string): void
}

export function PermissionCard({ words, permission, onDone }: PermissionCardProps) {
  const say = words.say.sharing
  const { format, language } = words
  const { permissionId, state, serviceName, espName, need, grantedAtMs, untilMs, endedAtMs, endCause } = permission
  const title = `permission-${permissionId}`
  const when = (ms: number) => format.dayAndClock(Math.floor(ms / 1000))
  return (
    <article class="card permission" aria-labelledby={title}>
      <h3 id={title}>{serviceName[language]}</h3>
      <p class="verdict" data-verdict={state === 'granted' ? 'good' : 'late'}>
        {state === 'granted' ? <CheckIcon /> : <WarnIcon />}
        <span>
          {state === 'granted' ? say.sharedWith(espName) : say.states[state]}{' '}
          {state === 'granted' && untilMs !== undefined && <small>{say.until(format.date(untilMs / 1000))}</small>}
          {endCause !== undefined && endCause !== 'asked' && <small>({say.causes[endCause]}) </small>}
          {endedAtMs !== undefined && <small>{when(endedAtMs)}</small>}
        </span>
      </p>
      <p class="hint">{need.purpose[language]}</p>
      {grantedAtMs !== undefined && <p class="hint">{say.since(when(grantedAtMs))}</p>}
      {permission.isOutdated && state === 'granted' && <p class="hint">{say.outdated}</p>}
      <Told words={words} permission={permission} />
      <div class="row">
        {state === 'granted' && <Stop words={words} permission={permission} onDone={onDone} />}
        {grantedAtMs !== undefined && <Receipt words={words} permissionId={permissionId} />}
      </div>
    </article>
  )
}

/** Whether the other side knows of the end: nobody has to take it on trust. */
function Told({ words, permission: { state, espTold } }: Omit<PermissionCardProps, 'onDone'>) {
  const say = words.say.sharing
  if (state === 'granted' || state === 'refused' || espTold === undefined) return null
  const { sentAtMs, acknowledgedAtMs } = espTold
  const when = (ms: number) => words.format.dayAndClock(Math.floor(ms / 1000))
  if (acknowledgedAtMs !== null) return <p class="hint">{say.toldAndSeen(when(acknowledgedAtMs))}</p>
  return <p class="hint">{sentAtMs === null ? say.notTold : say.told(when(sentAtMs))}</p>
}

function Stop({ words, permission, onDone }: PermissionCardProps) {
  const say = words.say.sharing
  const [problem, setProblem] = useState<ReturnType<typeof problemOf> | undefined>()

  async function stop(once: string): Promise<boolean> {
    const path = `/permissions/${encodeURIComponent(permission.permissionId)}/revoke`
    const answer = await sendJson(path, {}, once)
    setProblem(answer.ok ? undefined : problemOf(answer.fault))
    if (answer.ok) onDone(say.stopped)
    return answer.ok
  }
  return (
    <Question
      {...{ words, label: say.stop, about: permission.serviceName[words.language], onYes: stop }}
      ask={say.stopAsk(permission.espName)}
      trouble={<Problem words={words} problem={problem} />}
    />
  )
}

/** The receipt as the file that it is: what it says can be checked by anybody with the platform's public key. */
function Receipt({ words, permissionId }: { words: Words; permissionId: string }) {
  async function take(): Promise<void> {
    const path = `/permissions/${encodeURIComponent(permissionId)}/receipt`
    const answer = await getJson<{ receipt: string }>(path, AbortSignal.timeout(15_000))
    if (!answer.ok) return
    save(`${permissionId}.jws`, 'application/jose', [answer.value.body.receipt])
  }
  return (
    <button type="button" class="small quiet" onClick={() => void take()}>
      {words.say.sharing.receipt}
    </button>
  )
}
