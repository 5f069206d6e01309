// The portal's start: the language, the live session, the painting. State changes as often as readings come; the screen
// is painted at most once per frame.

import { render } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import './base.css'
import './parts/controls.css'
import './parts/column.css'
import { AccountPage } from './account/page.tsx'
import { DonglesPage } from './dongles/page.tsx'
import { LivePage } from './live/page.tsx'
import { type LiveSession, startLiveSession } from './live/session.ts'
import { initialState, type LiveState, nowS } from './live/state.ts'
import { isStale, netPowerW } from './live/verdict.ts'
import { DataPage } from './own-data/page.tsx'
import { Header, PAGES, titleOfPage } from './parts/header.tsx'
import { useLanguage } from './parts/language.tsx'
import { remember, remembered } from './parts/remember.ts'
import { usePage } from './parts/use-page.ts'
import { useWords } from './parts/use-words.ts'
import type { Words } from './parts/words.ts'
import { SharingPage } from './sharing/page.tsx'

const DEFAULT_ZONE = 'Europe/Brussels'

function Portal() {
  const [language, chooseLanguage] = useLanguage()
  const [state, session] = useLiveState()
  const page = usePage(PAGES, 'live')
  const point = state.points?.find(candidate => candidate.id === state.pointId)
  const zone = point?.timeZone ?? DEFAULT_ZONE
  const words = useWords(language, zone)
  useEffect(() => {
    document.title = page === 'live' ? titleOf(state, words) : `${titleOfPage(page, words)} · nrt`
  })
  return (
    <>
      <Header
        words={words}
        page={page}
        points={state.points ?? []}
        pointId={state.pointId}
        onLanguage={chooseLanguage}
        onPoint={pointId => {
          remember('point', pointId)
          session()?.dispatch({ kind: 'point-chosen', pointId })
        }}
      />
      <main id="content" tabIndex={-1}>
        {page === 'account' && <AccountPage words={words} />}
        {page === 'dongles' && <DonglesPage words={words} />}
        {page === 'sharing' && <SharingPage words={words} points={state.points ?? []} />}
        {page === 'data' && <DataPage words={words} points={state.points ?? []} nowS={nowS(state)} />}
        {page === 'live' && <LivePage state={state} words={words} dispatch={event => session()?.dispatch(event)} />}
      </main>
    </>
  )
}

/** The session lives as long as the page; what it says between two frames is painted once. */
function useLiveState(): [LiveState, () => LiveSession | undefined] {
  const [state, setState] = useState<LiveState>(initialState)
  const session = useRef<LiveSession | undefined>(undefined)
  useEffect(() => {
    let newest: LiveState | undefined
    session.current = startLiveSession(remembered('point') ?? undefined, next => {
      if (newest === undefined) {
        requestAnimationFrame(() => {
          if (newest !== undefined) setState(newest)
          newest = undefined
        })
      }
      newest = next
    })
    return () => session.current?.stop()
  }, [])
  return [state, () => session.current]
}

/** Power in the tab's title, where it can be seen from another tab; nothing that is no longer true. */
function titleOf(state: LiveState, { say, format }: Words): string {
  const watts = netPowerW(state)
  if (watts === undefined || isStale(state)) return `${say.pageTitle} · nrt`
  return `${format.powerText(Math.abs(watts))} ${watts < 0 ? say.injection : say.offtake} · nrt`
}

render(<Portal />, document.getElementById('portal')!)
