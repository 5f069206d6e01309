// Active subscriptions of each provider in a month: what the variable part of its fee goes by (requirement 60), to read and to take along.

import { useState } from 'preact/hooks'
import type { SubscriptionCount } from '../api/types.ts'
import { useAsked } from '../parts/asking.ts'
import { save } from '../parts/save.ts'
import { countCsv } from './count-csv.ts'
import { type StaffProps, Trouble } from './parts.tsx'

const ASK_EVERY_MS = 60_000

export function CountsPage({ words, say, openedMs }: StaffProps) {
  const [month, setMonth] = useState(() => monthOf(openedMs))
  const [counts, fault] = useAsked<{ items: SubscriptionCount[] }>(`/subscription-counts?month=${month}`, ASK_EVERY_MS)
  // the answer before it is another month's
  const items = counts?.items.filter(count => count.month === month)
  return (
    <>
      <p class="hint">{say.countsText}</p>
      <form class="card filters" onSubmit={event => event.preventDefault()}>
        <label>
          {say.month}
          <input
            type="month"
            value={month}
            min="2020-01"
            max="2099-12"
            required
            onInput={event => event.currentTarget.validity.valid && setMonth(event.currentTarget.value)}
          />
        </label>
        <button
          type="button"
          class="small"
          disabled={items === undefined || items.length === 0}
          onClick={() => save(`subscriptions-${month}.csv`, 'text/csv', [countCsv(items ?? [])])}
        >
          {say.csv}
        </button>
      </form>
      <Trouble words={words} say={say} fault={fault} />
      {items?.length === 0 && (
        <p class="card hint" role="status">
          {say.countsNone}
        </p>
      )}
      {items !== undefined && items.length > 0 && <Table {...{ words, say, items }} />}
    </>
  )
}

function Table({ words, say, items }: Pick<StaffProps, 'words' | 'say'> & { items: SubscriptionCount[] }) {
  const { whole } = words.format
  const sum = (of: 'subscriptions' | 'meteringPoints') => whole(items.reduce((all, count) => all + count[of], 0))
  return (
    <div class="card">
      <table>
        <thead>
          <tr>
            <th scope="col">{say.provider}</th>
            <th scope="col" class="number">
              {say.subscriptions}
            </th>
            <th scope="col" class="number">
              {say.meteringPoints}
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map(({ espId, espName, subscriptions, meteringPoints }) => (
            <tr key={espId}>
              <th scope="row">
                {espName} <small>{espId}</small>
              </th>
              <td class="number">{whole(subscriptions)}</td>
              <td class="number">{whole(meteringPoints)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{say.total}</th>
            <td class="number">{sum('subscriptions')}</td>
            <td class="number">{sum('meteringPoints')}</td>
          </tr>
        </tfoot>
      </table>
    </div>
  )
}

/** Of the calendar in Brussels, as the server counts. */
function monthOf(ms: number): string {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Brussels', year: 'numeric', month: '2-digit' })
  return parts.format(ms).slice(0, 7)
}
