// What the customer has to be told: what somebody else did to a permission. It stays until it is said to be seen.

import { sendJson } from '../api/client.ts'
import type { Notice, OwnPermission } from '../api/types.ts'
import type { Words } from '../parts/words.ts'

interface NoticesProps {
  words: Words
  notices: Notice[]
  permissions: OwnPermission[]
  onSeen(): void
}

export function Notices({ words, notices, permissions, onSeen }: NoticesProps) {
  const say = words.say.sharing
  const unseen = notices.filter(notice => notice.acknowledgedAtMs === null && !isOwnAct(notice))
  if (unseen.length === 0) return null
  return (
    <section class="card notices" aria-labelledby="notices-title">
      <h2 id="notices-title">{say.noticesTitle}</h2>
      <ul>
        {unseen.map(({ noticeId, permissionId, kind, cause, atMs }) => {
          const about = permissions.find(permission => permission.permissionId === permissionId)
          const name = about?.serviceName[words.language] ?? permissionId
          return (
            <li key={noticeId}>
              <span>
                {say.notice(name, say.states[kind])}
                {cause !== undefined && cause !== 'asked' && ` (${say.causes[cause]})`}{' '}
                <small>{words.format.dayAndClock(Math.floor(atMs / 1000))}</small>
              </span>
              <button
                type="button"
                class="small quiet"
                aria-label={`${say.seen}: ${name}`}
                onClick={() => void sendJson(`/notices/${encodeURIComponent(noticeId)}/seen`, {}).then(onSeen)}
              >
                {say.seen}
              </button>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

/** What the customer did is answered where it was done. */
function isOwnAct({ kind, cause }: Notice): boolean {
  return kind === 'requested' || kind === 'granted' || kind === 'refused' || (kind === 'revoked' && cause === 'asked')
}
