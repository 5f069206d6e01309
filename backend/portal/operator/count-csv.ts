// Active subscriptions as a table for whoever makes the invoices (RFC 4180). A name that a spreadsheet would take for a formula is kept a name. Pure.

import type { SubscriptionCount } from '../../../shared/schema/catalogue.ts'

const COLUMNS = ['month', 'espId', 'espName', 'subscriptions', 'meteringPoints'] as const

export function countCsv(counts: readonly SubscriptionCount[]): string {
  const lines = counts.map(count => COLUMNS.map(column => cell(count[column])).join(','))
  return `${[COLUMNS.join(','), ...lines].join('\r\n')}\r\n`
}

function cell(value: string | number): string {
  const text = String(value)
  const plain = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}
