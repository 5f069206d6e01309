// The ESP's pages, at /esp: for whoever has signed in and looks after an energy service provider here, or wants to. What its machines do is another door
// (docs/esp.md); all that a person has to do for it is here.

import { render } from 'preact'
import { useCallback, useEffect, useState } from 'preact/hooks'
import '../base.css'
import '../parts/controls.css'
import '../parts/column.css'
import './esp.css'
import { signInAddress } from '../account/sign-in.tsx'
import type { Esp, Session } from '../api/types.ts'
import { useAsked } from '../parts/asking.ts'
import { LanguageChoice, useLanguage } from '../parts/language.tsx'
import { usePage } from '../parts/use-page.ts'
import { useWords } from '../parts/use-words.ts'
import type { Words } from '../parts/words.ts'
import { ProblemLine, type Scene } from './acting.tsx'
import { Certificates } from './certificates.tsx'
import { Counts } from './counts.tsx'
import { Delivery } from './delivery.tsx'
import { Keys } from './keys.tsx'
import { PAGES, type PageName } from './pages.ts'
import { Apply, Provider } from './provider.tsx'
import { Services } from './services-page.tsx'
import { ESP_WORDS } from './text/languages.ts'
import type { EspWords } from './text/words.ts'

const ZONE = 'Europe/Brussels'
const SESSION_EVERY_MS = 60_000
const ESP_EVERY_MS = 10_000

function EspPages() {
  const [language, chooseLanguage] = useLanguage()
  const words = useWords(language, ZONE)
  const say = ESP_WORDS[language]
  const page = usePage(PAGES, 'provider')
  const [session, fault, askSession] = useAsked<Session>('/session', SESSION_EVERY_MS)
  const [told, setTold] = useState('')
  const tell = useCallback((text: string) => {
    setTold(text)
    document.getElementById('content')?.focus()
  }, [])
  useEffect(() => setTold(''), [page])
  const espId = session?.person?.espIds[0]
  const title = espId === undefined ? say.title : say.pages[page]
  useEffect(() => {
    document.title = `${title} · nrt`
  }, [title])
  const scene: Scene = { words, say, tell }
  return (
    <>
      <Banner {...{ words, say, title, page }} hasPages={espId !== undefined} onLanguage={chooseLanguage} />
      <main id="content" class="column esp" tabIndex={-1} aria-busy={session === undefined}>
        <p class={told === '' ? 'unseen' : 'card told'} role="status">
          {told}
        </p>
        {session === undefined && (fault === undefined ? <p>{say.loading}</p> : <ProblemLine {...{ scene, fault }} />)}
        {session?.person === null && <SignIn scene={scene} />}
        {session?.person && espId === undefined && <Apply scene={scene} onApplied={askSession} />}
        {espId !== undefined && <Managed key={espId} {...{ scene, espId, page }} onSignedOut={askSession} />}
      </main>
    </>
  )
}

interface BannerProps {
  words: Words
  say: EspWords
  title: string
  page: PageName
  hasPages: boolean
  onLanguage: Parameters<typeof LanguageChoice>[0]['onLanguage']
}

function Banner({ words, say, title, page, hasPages, onLanguage }: BannerProps) {
  return (
    <header class="banner">
      <a class="skip" href="#content">
        {words.say.skipToContent}
      </a>
      <div class="brand">
        <h1>{title}</h1>
        {hasPages && <p class="point">{say.title}</p>}
      </div>
      <nav aria-label={say.nav}>
        {hasPages &&
          PAGES.map(one => (
            <a key={one} class="way" href={`#${one}`} aria-current={one === page ? 'page' : undefined}>
              {say.pages[one]}
            </a>
          ))}
        <a class="way" href="/#account">
          {say.portal}
        </a>
      </nav>
      <LanguageChoice words={words} onLanguage={onLanguage} />
    </header>
  )
}

function SignIn({ scene: { words, say } }: { scene: Scene }) {
  const { signIn } = words.say.people
  return (
    <section class="card notice" aria-labelledby="sign-in-title">
      <h2 id="sign-in-title">{signIn}</h2>
      <p>{say.signInText}</p>
      <p class="row">
        <a class="way" href={signInAddress(words.language)}>
          {signIn}
        </a>
      </p>
    </section>
  )
}

interface ManagedProps {
  scene: Scene
  espId: string
  page: PageName
  onSignedOut(): void
}

function Managed({ scene, espId, page, onSignedOut }: ManagedProps) {
  const [esp, fault, ask] = useAsked<Esp>('/esp', ESP_EVERY_MS)
  const isSignedOut = fault?.problem === 'access.missing'
  useEffect(() => {
    if (isSignedOut) onSignedOut()
  }, [isSignedOut])
  if (esp === undefined) {
    return fault === undefined ? <p>{scene.say.loading}</p> : <ProblemLine scene={scene} fault={fault} />
  }
  return (
    <>
      {page === 'provider' && <Provider scene={scene} esp={esp} onChanged={ask} />}
      {page === 'services' && <Services scene={scene} eMail={esp.profile.contact.eMail} />}
      {page === 'keys' && <Keys scene={scene} espId={espId} />}
      {page === 'keys' && <Certificates scene={scene} espId={espId} />}
      {page === 'delivery' && <Delivery scene={scene} />}
      {page === 'counts' && <Counts scene={scene} />}
    </>
  )
}

render(<EspPages />, document.getElementById('portal')!)
