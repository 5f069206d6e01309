// The versions of an ESP's services, put together by service. Pure.

import type { Service } from '../api/types.ts'

export interface OwnService {
  serviceId: string
  newest: Service
  /** What customers can subscribe to now; maybe the newest. */
  published: Service | undefined
  /** Newest first, without the two. */
  older: Service[]
}

/** The service that was begun last comes first. `versions`: as the server has them, each service's ascending. */
export function togetherOf(versions: readonly Service[]): OwnService[] {
  const byId = new Map<string, Service[]>()
  for (const version of versions) byId.set(version.serviceId, [version, ...(byId.get(version.serviceId) ?? [])])
  const all: OwnService[] = []
  for (const [serviceId, [newest, ...rest]] of byId) {
    if (newest === undefined) continue
    const published = [newest, ...rest].find(({ state }) => state === 'published')
    all.unshift({ serviceId, newest, published, older: rest.filter(one => one !== published) })
  }
  return all
}
