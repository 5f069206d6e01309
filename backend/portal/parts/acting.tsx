// Who is looked for is said on every page, with the way back to oneself.

import { type Acting, actFor, acting } from '../api/acting.ts'
import type { Words } from './words.ts'

/** Chooses in whose name this tab asks, and begins anew. */
export function go(wish: Acting | undefined): void {
  actFor(wish)
  location.assign('/')
}

export function ActingBanner({ words: { say } }: { words: Words }) {
  const inName = acting()
  if (inName === undefined) return null
  return (
    <p class="acting">
      {say.people.actingFor(inName.giverName)}{' '}
      <button type="button" class="small" onClick={() => go(undefined)}>
        {say.people.stopActing}
      </button>
    </p>
  )
}
