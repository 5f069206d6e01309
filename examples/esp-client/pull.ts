// REST: which permissions there are, the newest reading, a range page by page, what is missing in it, and where webhooks go.

import type { Settings } from './settings.ts'

export interface Document {
  id: string
  permissionId: string
  /** Only where the service's data need asks for it. */
  ean?: string
  flag: string
  periodS: number
  readings: { timeS: number; [field: string]: number }[]
  next?: string | null
}

export function createPull({ server }: Settings, token: () => Promise<string>) {
  async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
    const headers = { authorization: `Bearer ${await token()}`, ...init.headers }
    const answer = await fetch(`${server}/api/v1${path}`, { ...init, headers })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as T
  }

  return {
    /** All that are granted, page by page. */
    async permissions(): Promise<{ permissionId: string }[]> {
      const found: { permissionId: string }[] = []
      let cursor: string | null = null
      do {
        const query = new URLSearchParams({ state: 'granted', limit: '200', ...(cursor ? { cursor } : {}) })
        const path = `/esp/permissions?${query}`
        const page: { items: { permissionId: string }[]; next: string | null } = await ask(path)
        found.push(...page.items)
        cursor = page.next
      } while (cursor)
      return found
    },
    latest: (permissionId: string) => ask<Document>(`/esp/permissions/${permissionId}/latest`),
    /** All pages of fromS <= time < toS. */
    async *range(permissionId: string, fromS: number, toS: number): AsyncGenerator<Document> {
      let cursor: string | null | undefined
      do {
        const query = new URLSearchParams({ fromS: String(fromS), toS: String(toS), ...(cursor ? { cursor } : {}) })
        const page = await ask<Document>(`/esp/permissions/${permissionId}/readings?${query}`)
        yield page
        cursor = page.next
      } while (cursor)
    },
    gaps: (permissionId: string, fromS: number, toS: number) =>
      ask<{ gaps: object[] }>(`/esp/permissions/${permissionId}/gaps?fromS=${fromS}&toS=${toS}`),
    /** Tells where webhooks go; gives the secret that they are signed with. */
    setWebhook: (url: string) =>
      ask<{ secret: string }>('/esp/webhook', {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ url, format: 'json' }),
      }),
  }
}
