// The terms of use: every version with how many accept it, what each says and where it differs from the one before; and the next one, written in four languages
// by who may publish, and published after one question.

import { useRef, useState } from 'preact/hooks'
import { sendJson } from '../api/client.ts'
import type { TermsText, TermsVersionView } from '../api/types.ts'
import { useList } from '../parts/listing.ts'
import { More } from '../parts/more.tsx'
import { DICTIONARIES, LANGUAGES, type Language } from '../text/languages.ts'
import { changedIn, emptyIn, isSameTerms, TERMS_PARTS, type TermsPart } from './differences.ts'
import { Act, Moment, Opened, type StaffProps, Trouble } from './parts.tsx'
import { mayRoles } from './sections.ts'

const ASK_EVERY_MS = 60_000

export function TermsPage({ words, say, roles, openedMs, tell }: StaffProps) {
  const list = useList<TermsVersionView>('/terms/versions', ASK_EVERY_MS)
  const { items, fault, ask } = list
  const rows = useRef<HTMLDivElement>(null)
  const newest = items?.[0]
  return (
    <>
      <p class="hint">{say.termsText}</p>
      <Trouble words={words} say={say} fault={fault} />
      {newest !== undefined && mayRoles(roles, 'terms.publish') && (
        <NextVersion
          key={newest.version}
          {...{ words, say, roles, openedMs, newest }}
          tell={text => {
            tell(text)
            ask()
          }}
        />
      )}
      <div class="rows" aria-busy={list.isBehind} ref={rows}>
        {items?.map((one, at) => (
          <Version key={one.version} {...{ words, say, one }} before={items[at + 1]} />
        ))}
      </div>
      <More {...{ words, list, rows }} />
    </>
  )
}

interface VersionProps extends Pick<StaffProps, 'words' | 'say'> {
  one: TermsVersionView
  before: TermsVersionView | undefined
}

function Version({ words, say, one: { version, publishedAtMs, accepted, text }, before }: VersionProps) {
  const { whole } = words.format
  return (
    <article class="card item" aria-labelledby={`terms-${version}`}>
      <h2 id={`terms-${version}`}>
        {say.version(String(version))}{' '}
        <small>
          <Moment words={words} ms={publishedAtMs} />
        </small>
      </h2>
      <p class="hint">
        {say.acceptedBy(whole(accepted))}; {say.grace(whole(text.graceDays), whole(text.exportDays))}
      </p>
      <Opened title={text.title[words.language]}>
        {before !== undefined && <p class="hint">{say.changedFrom(String(before.version))}</p>}
        <dl class="lines">
          {TERMS_PARTS.map(part => (
            <Part key={part} {...{ words, say, part, text }} before={before?.text} />
          ))}
        </dl>
      </Opened>
    </article>
  )
}

interface PartProps extends Pick<StaffProps, 'words' | 'say'> {
  part: TermsPart
  text: TermsText
  before: TermsText | undefined
}

function Part({ words, say, part, text, before }: PartProps) {
  const { language } = words
  const changed = before === undefined ? [] : changedIn(before, text, part)
  return (
    <div class={changed.length > 0 ? 'changed' : undefined}>
      <dt>
        {say.termsParts[part]}{' '}
        {changed.length > 0 && <small>{changed.map(one => DICTIONARIES[one].name).join(', ')}</small>}
      </dt>
      {before !== undefined && changed.includes(language) && (
        <dd>
          <del>{before[part][language]}</del>
        </dd>
      )}
      <dd>{changed.includes(language) ? <ins>{text[part][language]}</ins> : text[part][language]}</dd>
    </div>
  )
}

function NextVersion({ words, say, tell, newest }: StaffProps & { newest: TermsVersionView }) {
  const [text, setText] = useState<TermsText>(newest.text)
  const [language, setLanguage] = useState<Language>(words.language)
  const number = newest.version + 1
  const empty = emptyIn(text)
  const hindrance = isSameTerms(newest.text, text)
    ? say.unchanged
    : empty && say.emptyPart(say.termsParts[empty.part], DICTIONARIES[empty.language].name)

  async function publish() {
    const answer = await sendJson('/terms', text)
    if (!answer.ok) return answer.fault
    tell(say.published(String(number)))
    return undefined
  }

  return (
    <div class="card item">
      <Opened title={say.newVersion}>
        <p class="hint">{say.newVersionText}</p>
        <label class="entry short">
          {words.say.language}
          <select value={language} onChange={event => setLanguage(event.currentTarget.value as Language)}>
            {LANGUAGES.map(one => (
              <option key={one} value={one} lang={one}>
                {DICTIONARIES[one].name}
              </option>
            ))}
          </select>
        </label>
        {TERMS_PARTS.map(part => (
          <label key={part} class="entry">
            {say.termsParts[part]}
            <textarea
              lang={language}
              rows={part === 'title' ? 1 : 5}
              maxLength={part === 'title' ? 200 : 4000}
              value={text[part][language]}
              onInput={event => {
                const value = event.currentTarget.value
                setText(before => ({ ...before, [part]: { ...before[part], [language]: value } }))
              }}
            />
          </label>
        ))}
        <Days
          label={say.graceDays}
          min={0}
          max={365}
          value={text.graceDays}
          onDays={graceDays => setText({ ...text, graceDays })}
        />
        <Days
          label={say.exportDays}
          min={30}
          max={3660}
          value={text.exportDays}
          onDays={exportDays => setText({ ...text, exportDays })}
        />
        <p class="hint" role="status">
          {hindrance}
        </p>
        {hindrance === undefined && (
          <div class="row">
            <Act
              {...{ words, say }}
              label={say.publish}
              of={say.version(String(number))}
              ask={say.publishAsk(String(number), words.format.whole(text.graceDays))}
              run={publish}
            />
          </div>
        )}
      </Opened>
    </div>
  )
}

interface DaysProps {
  label: string
  min: number
  max: number
  value: number
  onDays(days: number): void
}

function Days({ label, min, max, value, onDays }: DaysProps) {
  return (
    <label class="entry short">
      {label}
      <input
        type="number"
        required
        {...{ min, max, value }}
        onInput={event => event.currentTarget.validity.valid && onDays(event.currentTarget.valueAsNumber)}
      />
    </label>
  )
}
