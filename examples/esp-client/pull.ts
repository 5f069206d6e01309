// REST: which permissions there are, the newest reading, a range page by page, what is missing in it, and where webhooks go.

import { ask, type Wish } from './ask.ts'
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

export function createPull({ server, tls }: Settings, token: () => Promise<string>) {
  async function get<T>(path: string, wish: Wish = {}): Promise<T> {
    const headers = { authorization: `Bearer ${await token()}`, ...wish.headers }
    const { isOk, status, text } = await ask(`${server}/api/v1${path}`, { ...wish, headers }, tls)
    if (!isOk) throw new Error(`${path}: ${status} ${text}`)
    return JSON.parse(text) as T
  }

  return {
    /** All that are granted, page by page. */
    async permissions(): Promise<{ permissionId: string }[]> {
      const found: { permissionId: string }[] = []
      let cursor: string | null = null
      do {
        const query = new URLSearchParams({ state: 'granted', limit: '200', ...(cursor ? { cursor } : {}) })
        const path = `/esp/permissions?${query}`
        const page: { items: { permissionId: string }[]; next: string | null } = await get(path)
        found.push(...page.items)
        cursor = page.next
      } while (cursor)
      return found
    },
    latest: (permissionId: string) => get<Document>(`/esp/permissions/${permissionId}/latest`),
    /** All pages of fromS <= time < toS. */
    async *range(permissionId: string, fromS: number, toS: number): AsyncGenerator<Document> {
      let cursor: string | null | undefined
      do {
        const query = new URLSearchParams({ fromS: String(fromS), toS: String(toS), ...(cursor ? { cursor } : {}) })
        const page = await get<Document>(`/esp/permissions/${permissionId}/readings?${query}`)
        yield page
        cursor = page.next
      } while (cursor)
    },
    gaps: (permissionId: string, fromS: number, toS: number) =>
      get<{ gaps: object[] }>(`/esp/permissions/${permissionId}/gaps?fromS=${fromS}&toS=${toS}`),
    /** Tells where webhooks go; gives the secret that they are signed with. */
    setWebhook: (url: string) =>
      get<{ secret: string }>('/esp/webhook', {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ url, format: 'json' }),
      }),
  }
}
