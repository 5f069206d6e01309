// The ESP's services: each with where it stands, what the review said and what can be done next. While one is described, the form is all there is to see.

import { useState } from 'preact/hooks'
import { sendJson } from '../api/client.ts'
import type { Service, ServiceText } from '../api/types.ts'
import { useList } from '../parts/listing.ts'
import { ProblemLine, type Scene, useActs } from './acting.tsx'
import { ServiceCard } from './service-card.tsx'
import { ServiceForm } from './service-form-view.tsx'
import { togetherOf } from './services.ts'

const ASK_EVERY_MS = 10_000

export function Services({ scene, eMail }: { scene: Scene; eMail: string }) {
  const { say } = scene
  // all of them: the versions of a service stand together
  const { items, fault, ask } = useList<Service>('/esp/services?limit=200', ASK_EVERY_MS, Number.POSITIVE_INFINITY)
  const [described, setDescribed] = useState<'new' | Service | undefined>()
  const saving = useActs()

  async function saveDraft(text: ServiceText): Promise<void> {
    const isNew = described === 'new' || described === undefined
    const path = isNew ? '/esp/services' : `/esp/services/${described.serviceId}`
    const kept = await saving.act(() => sendJson<Service>(path, text, undefined, isNew ? 'POST' : 'PUT'))
    if (kept === undefined) return
    leave(say.draftSaved)
  }

  function leave(told: string): void {
    setDescribed(undefined)
    scene.tell(told)
    ask()
  }

  if (described !== undefined) {
    return (
      <>
        <ServiceForm
          scene={scene}
          before={described === 'new' ? undefined : described}
          eMail={eMail}
          onRead={text => void saveDraft(text)}
          onLeft={() => leave('')}
        />
        <ProblemLine scene={scene} fault={saving.fault} />
      </>
    )
  }
  return (
    <section class="list" aria-labelledby="services-title" aria-busy={items === undefined}>
      <h2 id="services-title">{say.servicesTitle}</h2>
      <p class="hint">{say.servicesText}</p>
      <p class="row">
        <button type="button" onClick={() => setDescribed('new')}>
          {say.newService}
        </button>
      </p>
      {items?.length === 0 && <p class="card hint">{say.servicesNone}</p>}
      {items === undefined && <ProblemLine scene={scene} fault={fault} />}
      {togetherOf(items ?? []).map(own => (
        <ServiceCard key={own.serviceId} scene={scene} own={own} onEdit={setDescribed} onDone={leave} />
      ))}
    </section>
  )
}
