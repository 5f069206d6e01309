// The page that the address names after its #; other marks there (the skip link's) change nothing. A new page begins at its content.

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'

/** `first` is the page where the address names none. */
export function usePage<Name extends string>(pages: readonly Name[], first: Name): Name {
  const named = () => pages.find(page => location.hash === `#${page}`)
  const [page, setPage] = useState<Name>(() => named() ?? first)
  const isFirst = useRef(true)
  useEffect(() => {
    const notice = () => setPage(before => named() ?? (location.hash === '' ? first : before))
    addEventListener('hashchange', notice)
    // the address may have changed between the first drawing and now
    notice()
    return () => removeEventListener('hashchange', notice)
  }, [])
  // before it is painted: a key pressed by who sees the new page already must not find the focus taken away under it
  useLayoutEffect(() => {
    if (!isFirst.current) document.getElementById('content')?.focus()
    isFirst.current = false
  }, [page])
  return page
}
