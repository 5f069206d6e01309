// What somebody was about to do when their sign-in turned out to be too old: kept in this tab while they prove who they are, and given back once, on
// the same page and to the same person. Nothing is done by itself: they still say yes.

import { useEffect, useState } from 'preact/hooks'
import { signInAddress } from '../account/sign-in.tsx'
import { signedIn } from '../api/client.ts'
import type { PageName } from './header.tsx'
import type { Words } from './words.ts'

const KEY = 'nrt.kept'
/** A question is open for an hour. */
const KEPT_MS = 3_600_000

interface Kept<T> {
  page: PageName
  accountId: string | undefined
  untilMs: number
  wish: T
}

export interface GivenBack<T> {
  wish: T
  /** They have just proved who they are; false: they came back without. */
  isProved: boolean
}

/** Leaves for the identity service, which asks anew; it sends back to this page. */
export async function proveFirst<T>(words: Words, page: PageName, wish: T): Promise<void> {
  const accountId = (await signedIn())?.accountId
  const kept: Kept<T> = { page, accountId, untilMs: Date.now() + KEPT_MS, wish }
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept))
  } catch {
    // closed to the page: then it is chosen once more
  }
  location.assign(signInAddress(words.language, true))
}

/** What was kept on `page`, once it is known; undefined where nothing was, or for somebody else. */
export function useKept<T>(page: PageName): GivenBack<T> | undefined {
  const [given, setGiven] = useState<GivenBack<T> | undefined>()
  useEffect(() => {
    const kept = takeOut<T>(page)
    if (kept === undefined) return
    void signedIn().then(person => {
      const isTheirs = person !== null && person.accountId === kept.accountId && Date.now() < kept.untilMs
      if (isTheirs) setGiven({ wish: kept.wish, isProved: person.isFresh })
    })
  }, [page])
  return given
}

function takeOut<T>(page: PageName): Kept<T> | undefined {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Kept<T> | null
    if (kept?.page !== page) return undefined
    sessionStorage.removeItem(KEY)
    return kept
  } catch {
    return undefined
  }
}
