// Delivery: where webhooks go, how it does, what waits on each channel, and what was given up, to be delivered again.

import { useRef } from 'preact/hooks'
import { sendJson } from '../api/client.ts'
import type { DeadDelivery, DeliveryHealth, ReplayedDelivery, Webhook } from '../api/types.ts'
import { useAsked } from '../parts/asking.ts'
import { useList } from '../parts/listing.ts'
import { More } from '../parts/more.tsx'
import { ProblemLine, type Scene, useActs } from './acting.tsx'
import { Answer } from './answer.tsx'
import { whyDead } from './answers.ts'
import { WebhookCard } from './webhook.tsx'

const ASK_EVERY_MS = 2000

export function Delivery({ scene }: { scene: Scene }) {
  const [kept, fault, ask] = useAsked<Webhook>('/esp/webhook', ASK_EVERY_MS)
  // what was kept stays known after it has gone; that it has gone is told as a fault
  const webhook = fault?.problem === 'webhook.unknown' ? undefined : kept
  const [health, healthFault] = useAsked<DeliveryHealth>('/esp/deliveries', ASK_EVERY_MS)
  return (
    <>
      <WebhookCard {...{ scene, webhook, fault }} onDone={ask} />
      <section class="card" aria-labelledby="health-title" aria-busy={health === undefined}>
        <h2 id="health-title">{scene.say.healthTitle}</h2>
        <dl class="facts">
          {webhook !== undefined && <WebhookHealth scene={scene} webhook={webhook} />}
          {health !== undefined && <Waiting scene={scene} health={health} />}
        </dl>
        {health === undefined && <ProblemLine scene={scene} fault={healthFault} />}
      </section>
      <Dead scene={scene} />
    </>
  )
}

function WebhookHealth({ scene: { say, words }, webhook }: { scene: Scene; webhook: Webhook }) {
  const { lastAnswer, failures, failingSinceS } = webhook
  const { format } = words
  const isFailing = failures > 0 && failingSinceS !== null
  return (
    <>
      <div>
        <dt>{say.lastAnswer}</dt>
        <dd>{lastAnswer === null ? say.noAnswer : <Answer say={say} answer={lastAnswer} />}</dd>
      </div>
      <div>
        <dt>{say.failures}</dt>
        <dd>{isFailing ? say.failing(format.whole(failures), format.dayAndClock(failingSinceS)) : say.noFailures}</dd>
      </div>
    </>
  )
}

function Waiting({ scene: { say, words }, health }: { scene: Scene; health: DeliveryHealth }) {
  const { format } = words
  return (
    <>
      {health.channels.map(({ channel, isTaken, waiting, sinceS }) => (
        <div key={channel}>
          <dt>{say.waits[channel]}</dt>
          <dd>
            {sinceS === null
              ? say.nothingWaits
              : say.waitsSince(waiting, format.whole(waiting), format.dayAndClock(sinceS))}
            {!isTaken && ` (${say.notTaken})`}
          </dd>
        </div>
      ))}
      <div>
        <dt>{say.notices}</dt>
        <dd>{say.noticesWait(health.noticesWaiting, format.whole(health.noticesWaiting))}</dd>
      </div>
    </>
  )
}

function Dead({ scene }: { scene: Scene }) {
  const { say } = scene
  const list = useList<DeadDelivery>('/esp/dead-deliveries', ASK_EVERY_MS)
  const { items: dead, fault, ask } = list
  const rows = useRef<HTMLUListElement>(null)
  return (
    <section class="card" aria-labelledby="dead-title" aria-busy={dead === undefined}>
      <h2 id="dead-title">{say.deadTitle}</h2>
      <p class="hint">{dead?.length === 0 ? say.deadNone : say.deadText}</p>
      <ul class="rows" ref={rows}>
        {dead?.map(one => (
          <DeadRow key={one.no} scene={scene} dead={one} onDone={ask} />
        ))}
      </ul>
      <More {...{ words: scene.words, list, rows }} />
      {dead === undefined && <ProblemLine scene={scene} fault={fault} />}
    </section>
  )
}

function DeadRow({ scene, dead, onDone }: { scene: Scene; dead: DeadDelivery; onDone(): void }) {
  const { say, words } = scene
  const { no, permissionId, fromS, toS, code, channel } = dead
  const { fault, act } = useActs()
  const { isRefused, answer } = whyDead(code)
  const what = say.deadOf(permissionId, words.format.dayAndClock(fromS), words.format.dayAndClock(toS))

  async function replay(): Promise<void> {
    const replayed = await act(() => sendJson<ReplayedDelivery>(`/esp/dead-deliveries/${no}/replay`, {}))
    if (replayed === undefined) return
    scene.tell(replayed.isPending ? say.replayed : say.replayOver)
    onDone()
  }
  return (
    <li>
      <p>
        {what} <small>({channel})</small>
      </p>
      <p class="hint">
        {isRefused ? say.deadRefused : say.deadEndpoint} <Answer say={say} answer={answer} />
      </p>
      <p class="row">
        <button type="button" class="small quiet" aria-label={`${say.replay}: ${what}`} onClick={() => void replay()}>
          {say.replay}
        </button>
      </p>
      <ProblemLine scene={scene} fault={fault} />
    </li>
  )
}
