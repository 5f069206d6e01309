// What the embedded identity service remembers between two requests, in this process's memory and bounded: sign-ins under way, codes, its own
// sessions. A restart forgets it, and who was signing in begins anew; sessions of the platform are in the store.

import type { Adapter, AdapterPayload } from 'oidc-provider'

const ENTRIES_MAX = 10_000

interface Entry {
  payload: AdapterPayload
  untilMs: number
}

/** A class per memory, as oidc-provider wants one; `nowMs` is monotonic. */
export function memoryOf(nowMs: () => number): new (name: string) => Adapter {
  const entries = new Map<string, Entry>()

  function get(key: string): AdapterPayload | undefined {
    const entry = entries.get(key)
    if (entry === undefined) return undefined
    if (entry.untilMs > nowMs()) return entry.payload
    entries.delete(key)
    return undefined
  }

  return class Memory implements Adapter {
    readonly #name: string
    constructor(name: string) {
      this.#name = name
    }

    async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
      const key = `${this.#name}:${id}`
      entries.delete(key)
      entries.set(key, { payload, untilMs: nowMs() + expiresIn * 1000 })
      if (this.#name === 'Session' && payload.uid !== undefined) {
        entries.set(`uid:${payload.uid}`, { payload: { jti: id }, untilMs: nowMs() + expiresIn * 1000 })
      }
      while (entries.size > ENTRIES_MAX) entries.delete(entries.keys().next().value as string)
    }

    async find(id: string): Promise<AdapterPayload | undefined> {
      return get(`${this.#name}:${id}`)
    }

    async findByUid(uid: string): Promise<AdapterPayload | undefined> {
      const session = get(`uid:${uid}`)
      return session?.jti === undefined ? undefined : get(`Session:${session.jti}`)
    }

    // the device flow is not served
    async findByUserCode(): Promise<undefined> {
      return undefined
    }

    async consume(id: string): Promise<void> {
      const payload = get(`${this.#name}:${id}`)
      if (payload !== undefined) payload.consumed = true
    }

    async destroy(id: string): Promise<void> {
      entries.delete(`${this.#name}:${id}`)
    }

    async revokeByGrantId(grantId: string): Promise<void> {
      for (const [key, { payload }] of entries) if (payload.grantId === grantId) entries.delete(key)
    }
  }
}
