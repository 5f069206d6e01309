// In whose name this tab asks: a mandate, chosen on the account page and kept as long as the tab. What is one's own account's is always asked in
// one's own name.

export interface Acting {
  mandateId: string
  giverName: string
}

const KEY = 'nrt.acting'

export function acting(): Acting | undefined {
  try {
    const text = sessionStorage.getItem(KEY)
    return text === null ? undefined : (JSON.parse(text) as Acting)
  } catch {
    return undefined // storage is closed to the page: then nobody acts for anybody
  }
}

/** Load a page anew after it: nothing of the one person's may stay on the screen of the other. */
export function actFor(wish: Acting | undefined): void {
  if (wish === undefined) sessionStorage.removeItem(KEY)
  else sessionStorage.setItem(KEY, JSON.stringify(wish))
}

/** The header of a request to `path` (below /api/v1). */
export function actingHeader(path: string): { [name: string]: string } {
  const chosen = /^\/(session|account|mandates|esps?\b)/.test(path) ? undefined : acting()
  return chosen === undefined ? {} : { 'x-acting-for': chosen.mandateId }
}
