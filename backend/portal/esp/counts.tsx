// Active subscriptions of each month, this one first: what the ESP's fee goes by.

import type { SubscriptionCount } from '../api/types.ts'
import { useAsked } from '../parts/asking.ts'
import { ProblemLine, type Scene } from './acting.tsx'

const ASK_EVERY_MS = 60_000

export function Counts({ scene }: { scene: Scene }) {
  const { say, words } = scene
  const [counts, fault] = useAsked<{ items: SubscriptionCount[] }>('/esp/subscription-counts?months=12', ASK_EVERY_MS)
  const month = new Intl.DateTimeFormat(words.language, { month: 'short', year: 'numeric', timeZone: 'UTC' })
  return (
    <section class="card" aria-labelledby="counts-title" aria-busy={counts === undefined}>
      <h2 id="counts-title">{say.countsTitle}</h2>
      <p class="hint">{say.countsText}</p>
      {counts === undefined && <ProblemLine scene={scene} fault={fault} />}
      {counts !== undefined && (
        <table>
          <thead>
            <tr>
              <th scope="col">{say.month}</th>
              <th scope="col">{say.subscriptions}</th>
              <th scope="col">{say.points}</th>
            </tr>
          </thead>
          <tbody>
            {counts.items.map(one => (
              <tr key={one.month}>
                <th scope="row">{month.format(new Date(`${one.month}-01`))}</th>
                <td>{words.format.whole(one.subscriptions)}</td>
                <td>{words.format.whole(one.meteringPoints)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
