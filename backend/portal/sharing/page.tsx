// The page of sharing: who gets what of one's readings and how to end it, what there is to subscribe to, the question before a yes, and the two
// logs. While a question is open, it is all there is to see.

import { useEffect, useState } from 'preact/hooks'
import './sharing.css'
import { getJson } from '../api/client.ts'
import type { MeteringPoint, Notice, OwnPermission, Service } from '../api/types.ts'
import { useAsked } from '../parts/asking.ts'
import { useKept } from '../parts/kept.ts'
import { KeyForm } from '../parts/key-form.tsx'
import { useList } from '../parts/listing.ts'
import { problemOf } from '../parts/problem.ts'
import type { Page } from '../parts/read-pages.ts'
import type { Words } from '../parts/words.ts'
import { Logs } from './logs.tsx'
import { Notices } from './notices.tsx'
import { PermissionCard } from './permission-card.tsx'
import { Services } from './services.tsx'
import { type KeptQuestion, Subscribe } from './subscribe.tsx'

const ASK_EVERY_MS = 10_000

export function SharingPage({ words, points }: { words: Words; points: MeteringPoint[] }) {
  const say = words.say.sharing
  // all of them: one that runs must not stand behind a button
  const {
    items: own,
    fault,
    ask,
  } = useList<OwnPermission>('/permissions?limit=200', ASK_EVERY_MS, Number.POSITIVE_INFINITY)
  const [notices, , askNotices] = useAsked<Page<Notice>>('/notices', ASK_EVERY_MS)
  const [asked, setAsked] = useState<Service | undefined>()
  const [told, setTold] = useState('')
  const kept = useKept<KeptQuestion>('sharing')
  useEffect(() => {
    if (kept === undefined) return
    const path = `/catalogue/${encodeURIComponent(kept.wish.serviceId)}`
    void getJson<Service>(path, AbortSignal.timeout(15_000)).then(answer => {
      if (answer.ok) setAsked(answer.value.body)
      else setTold(words.say.problems[problemOf(answer.fault)])
    })
  }, [kept])
  if (fault?.code === 'refused') return <KeyForm words={words} />
  const all = own ?? []
  const running = all.filter(permission => permission.state === 'granted')
  const ended = all.filter(permission => permission.state !== 'granted' && permission.state !== 'requested')

  function done(text: string): void {
    setTold(text)
    setAsked(undefined)
    ask()
    askNotices()
    document.getElementById('content')?.focus()
  }

  if (asked !== undefined) {
    return (
      <div class="column stacked sharing">
        <Subscribe
          words={words}
          service={asked}
          points={points}
          onDone={done}
          kept={kept?.wish.serviceId === asked.serviceId ? kept : undefined}
        />
      </div>
    )
  }
  return (
    <div class="column stacked sharing" aria-busy={own === undefined}>
      <p class={told === '' ? 'unseen' : 'card told'} role="status">
        {told}
      </p>
      {fault !== undefined && own === undefined && <p class="card hint">{words.say.problems.unreachable}</p>}
      <Notices words={words} notices={notices?.items ?? []} permissions={all} onSeen={askNotices} />
      <section aria-labelledby="mine-title">
        <h2 id="mine-title">{say.mineTitle}</h2>
        {own !== undefined && running.length === 0 && <p class="card hint">{say.mineNone}</p>}
        {running.map(permission => (
          <PermissionCard key={permission.permissionId} words={words} permission={permission} onDone={done} />
        ))}
        {ended.length > 0 && (
          <details class="card history">
            <summary>
              {say.endedTitle} ({ended.length})
            </summary>
            {ended.map(permission => (
              <PermissionCard key={permission.permissionId} words={words} permission={permission} onDone={done} />
            ))}
          </details>
        )}
      </section>
      <Services words={words} onLook={setAsked} />
      <Logs words={words} permissions={all} />
    </div>
  )
}
