// The pages of who operates the platform, at /operator: one application for operators, support and auditors, each of whom signs in as a person and sees the
// pages that their role may (sections.ts). Whoever has only the server's own key can look at a dongle with it, and no more.

import { render } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import '../base.css'
import '../parts/controls.css'
import '../parts/column.css'
import './operator.css'
import { SignIn } from '../account/sign-in.tsx'
import { actFor } from '../api/acting.ts'
import { getJson, sendJson } from '../api/client.ts'
import type { Session } from '../api/types.ts'
import { LanguageChoice, useLanguage } from '../parts/language.tsx'
import { useWords } from '../parts/use-words.ts'
import type { Words } from '../parts/words.ts'
import { AuditPage } from './audit.tsx'
import { CountsPage } from './counts.tsx'
import { EspsPage } from './esps.tsx'
import { HelpDesk } from './helpdesk.tsx'
import type { StaffProps } from './parts.tsx'
import { PeoplePage } from './people.tsx'
import { RegisterPage } from './register.tsx'
import { type SectionName, sectionNamed, sectionsOf } from './sections.ts'
import { ServicesPage } from './services.tsx'
import { TermsPage } from './terms.tsx'
import { STAFF } from './text/languages.ts'

const ZONE = 'Europe/Brussels'

type Person = NonNullable<Session['person']>

function Operator() {
  const [language, chooseLanguage] = useLanguage()
  const words = useWords(language, ZONE)
  const say = STAFF[language]
  const [person, openedMs] = usePerson()
  const own = useMemo(() => sectionsOf(person?.roles ?? []), [person])
  const section = useSection(own)
  const title = section === undefined ? say.title : say.sections[section]
  useEffect(() => {
    document.title = `${title} · nrt`
  }, [title])
  return (
    <>
      <header class="banner">
        <a class="skip" href="#content">
          {words.say.skipToContent}
        </a>
        <div class="brand">
          <h1>{title}</h1>
          {person && <Signed person={person} words={words} />}
        </div>
        {own.length > 0 && (
          <nav aria-label={say.pages}>
            {own.map(one => (
              <a key={one} class="way" href={`#${one}`} aria-current={one === section ? 'page' : undefined}>
                {say.sections[one]}
              </a>
            ))}
          </nav>
        )}
        <LanguageChoice words={words} onLanguage={chooseLanguage} />
      </header>
      <main id="content" tabIndex={-1} aria-busy={person === undefined}>
        {person === null && (
          <>
            <SignIn words={words} text={say.signInText} />
            <HelpDesk words={words} isKeyed />
          </>
        )}
        {person && section === undefined && <NoRole words={words} />}
        {person && section !== undefined && (
          <Section key={section} name={section} words={words} roles={person.roles} openedMs={openedMs} />
        )}
      </main>
    </>
  )
}

/** Who is signed in, and the server's clock then; null: nobody. Undefined until that is known. Here nobody looks in somebody else's name. */
function usePerson(): [Person | null | undefined, number] {
  const [openedMs, setOpenedMs] = useState(0)
  const [person, setPerson] = useState<Person | null | undefined>()
  useEffect(() => {
    actFor(undefined)
    const left = new AbortController()
    void getJson<Session>('/session', left.signal).then(answer => {
      if (left.signal.aborted) return
      if (answer.ok) setOpenedMs(answer.value.serverMs ?? 0)
      setPerson(answer.ok ? answer.value.body.person : null)
    })
    return () => left.abort()
  }, [])
  return [person, openedMs]
}

/** The page that the address names, among one's own; a new one begins at its content. */
function useSection(own: readonly SectionName[]): SectionName | undefined {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const notice = () => {
      // the skip link's mark is no page
      if (location.hash === '#content') return
      setHash(location.hash)
      document.getElementById('content')?.focus()
    }
    addEventListener('hashchange', notice)
    return () => removeEventListener('hashchange', notice)
  }, [])
  return sectionNamed(hash, own)
}

function Signed({ person: { name, roles }, words: { language } }: { person: Person; words: Words }) {
  const say = STAFF[language]

  async function leave(): Promise<void> {
    await sendJson('/session/end', { all: false })
    location.assign('/operator/')
  }

  return (
    <p class="point">
      {say.signedInAs(name, roles.map(role => say.roles[role]).join(', '))}{' '}
      <button type="button" class="small" onClick={() => void leave()}>
        {say.signOut}
      </button>
    </p>
  )
}

function NoRole({ words: { language } }: { words: Words }) {
  const say = STAFF[language]
  return (
    <section class="card notice">
      <p>{say.noRole}</p>
      <p>
        <a class="way" href="/">
          {say.toPortal}
        </a>
      </p>
    </section>
  )
}

const PAGES: { [name in Exclude<SectionName, 'helpdesk'>]: (props: StaffProps) => preact.JSX.Element } = {
  esps: EspsPage,
  services: ServicesPage,
  register: RegisterPage,
  people: PeoplePage,
  counts: CountsPage,
  terms: TermsPage,
  audit: AuditPage,
}

function Section({ name, ...props }: { name: SectionName } & Pick<StaffProps, 'words' | 'roles' | 'openedMs'>) {
  const [told, setTold] = useState('')
  if (name === 'helpdesk') return <HelpDesk words={props.words} isKeyed={false} />
  const Page = PAGES[name]
  return (
    <div class="column stacked staff">
      <p class={told === '' ? 'unseen' : 'card told'} role="status">
        {told}
      </p>
      <Page {...props} say={STAFF[props.words.language]} tell={setTold} />
    </div>
  )
}

render(<Operator />, document.getElementById('portal')!)
