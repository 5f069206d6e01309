// The page of one's dongles: what each is and waits for, adding one, and what became of those that one had. What a dongle waits for comes by
// itself, so the list is asked for again and again while somebody looks.

import { useState } from 'preact/hooks'
import './dongles.css'
import { grouped } from '../../../shared/kernel/claim-code.ts'
import type { OwnDongles } from '../api/types.ts'
import { useAsked } from '../parts/asking.ts'
import { KeyForm } from '../parts/key-form.tsx'
import type { Words } from '../parts/words.ts'
import { ClaimForm } from './claim-form.tsx'
import { DongleCard, History } from './dongle-card.tsx'

const ASK_EVERY_MS = 5000

export function DonglesPage({ words }: { words: Words }) {
  const say = words.say.dongles
  const [own, fault, ask] = useAsked<OwnDongles>('/own/dongles', ASK_EVERY_MS)
  const [told, setTold] = useState('')
  const [newCode, setNewCode] = useState<{ dongleId: string; claimCode: string } | undefined>()
  if (fault?.code === 'refused') return <KeyForm words={words} />
  const ids = own?.items.map(dongle => dongle.dongleId) ?? []
  const former = own?.events.filter(event => !ids.includes(event.dongleId)) ?? []
  return (
    <div class="column dongles" aria-busy={own === undefined}>
      <p class="unseen" role="status">
        {told}
      </p>
      {fault !== undefined && own === undefined && <p class="card hint">{say.problems.unreachable}</p>}
      {newCode !== undefined && (
        <section class="card new-code" aria-label={say.acts['give-away'].done} role="alert">
          <p class="code">{say.newCode(grouped(newCode.dongleId), grouped(newCode.claimCode))}</p>
          <p class="hint">{say.newCodeOnce}</p>
        </section>
      )}
      {own?.items.length === 0 && <p class="card hint">{say.none}</p>}
      {own?.items.map(dongle => (
        <DongleCard
          key={dongle.dongleId}
          words={words}
          dongle={dongle}
          events={own.events.filter(event => event.dongleId === dongle.dongleId)}
          onDone={(text, code) => {
            setTold(text)
            if (code !== undefined) setNewCode(code)
            ask()
          }}
        />
      ))}
      <ClaimForm words={words} onClaimed={ask} />
      {former.length > 0 && (
        <section class="card" aria-labelledby="former-title">
          <h2 id="former-title">{say.formerTitle}</h2>
          <History words={words} events={former} />
        </section>
      )}
    </div>
  )
}
