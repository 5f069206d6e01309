// Notices to ESPs (a permission was granted, revoked, …) as webhooks: taken from the register's outbox, posted until the endpoint has taken each, one after
// the other. An ESP without an endpoint fetches its notices by itself.

import type { Notice } from '../../shared/schema/permission.ts'
import type { NoticeOutbox } from '../consent/notices.ts'
import { waitS } from './back-off.ts'
import type { Webhooks } from './webhooks.ts'

export interface NoticeRooms {
  notices: NoticeOutbox
  webhooks: Pick<Webhooks, 'serves' | 'tell'>
  nowMs(): number
  chance(): number
  trouble(error: Error): void
}

const AT_ONCE = 20

export interface NoticePosting {
  /** What waits for this ESP goes out, if it takes webhooks. */
  serve(espId: string): void
  stop(): void
}

export function postNotices(rooms: NoticeRooms): NoticePosting {
  const { notices, webhooks } = rooms
  const busy = new Set<string>()
  const failures = new Map<string, number>()
  const timers = new Set<NodeJS.Timeout>()
  let isStopped = false
  const stopListening = notices.onAdded(serve)
  notices.espsWaiting().then(esps => esps.forEach(serve), rooms.trouble)

  function serve(espId: string): void {
    if (busy.has(espId) || isStopped || !webhooks.serves(espId)) return
    busy.add(espId)
    postAll(espId)
      .catch(rooms.trouble)
      .finally(() => busy.delete(espId))
  }

  async function postAll(espId: string): Promise<void> {
    for (;;) {
      const some = await notices.unsent(espId, AT_ONCE)
      if (some.length === 0 || isStopped) return
      for (const notice of some) if (!(await post(espId, notice))) return
    }
  }

  async function post(espId: string, notice: Notice): Promise<boolean> {
    const posted = await webhooks.tell(espId, notice.noticeId, `nrt.permission.${notice.kind}`, notice)
    if (posted?.kind === 'answered' && posted.status >= 200 && posted.status < 300) {
      failures.delete(espId)
      await notices.sent(notice.noticeId, rooms.nowMs())
      return true
    }
    await notices.tried(notice.noticeId)
    const count = (failures.get(espId) ?? 0) + 1
    failures.set(espId, count)
    const timer = setTimeout(
      () => {
        timers.delete(timer)
        serve(espId)
      },
      waitS(count, undefined, rooms.chance()) * 1000,
    )
    timer.unref()
    timers.add(timer)
    return false
  }

  return {
    serve,
    stop() {
      isStopped = true
      stopListening()
      for (const timer of timers) clearTimeout(timer)
    },
  }
}
