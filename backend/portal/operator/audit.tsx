// The audit: whether the whole chain is as it was written, also beside a link that was kept elsewhere, and its events one by one, of which when, by whom and
// what is shown and nothing more.

import { useEffect, useRef, useState } from 'preact/hooks'
import { type ApiFault, getJson } from '../api/client.ts'
import type { AuditLine, AuditVerdict } from '../api/types.ts'
import { CheckIcon, WarnIcon } from '../parts/icons.tsx'
import { useList } from '../parts/listing.ts'
import { More } from '../parts/more.tsx'
import { Moment, type StaffProps, Trouble } from './parts.tsx'

type Props = Pick<StaffProps, 'words' | 'say'>
/** A chain of years takes its time. */
const VERIFY_TIMEOUT_MS = 15_000

export function AuditPage({ words, say }: StaffProps) {
  return (
    <>
      <p class="hint">{say.auditText}</p>
      <VerdictCard words={words} say={say} />
      <Events words={words} say={say} />
    </>
  )
}

interface Kept {
  no: string
  hash: string
}

function VerdictCard({ words, say }: Props) {
  const [verdict, setVerdict] = useState<AuditVerdict | undefined>()
  const [fault, setFault] = useState<ApiFault | undefined>()
  const [isChecking, setChecking] = useState(false)
  const left = useRef(new AbortController())
  const no = useRef<HTMLInputElement>(null)
  const hash = useRef<HTMLInputElement>(null)

  function verify(kept?: Kept): void {
    left.current.abort()
    const own = new AbortController()
    left.current = own
    setChecking(true)
    const query = kept === undefined ? '' : `?${new URLSearchParams({ ...kept })}`
    const signal = AbortSignal.any([own.signal, AbortSignal.timeout(VERIFY_TIMEOUT_MS)])
    void getJson<AuditVerdict>(`/audit/verdict${query}`, signal).then(answer => {
      if (own.signal.aborted) return
      setChecking(false)
      setFault(answer.ok ? undefined : answer.fault)
      setVerdict(answer.ok ? answer.value.body : undefined)
    })
  }
  useEffect(() => {
    verify()
    return () => left.current.abort()
  }, [])

  return (
    <section class="card item" aria-labelledby="verdict-title" aria-busy={isChecking}>
      <h2 id="verdict-title">{say.verdict}</h2>
      <div role="status">
        {isChecking && <p class="hint">{say.checking}</p>}
        {!isChecking && verdict !== undefined && <Verdict {...{ words, say, verdict }} />}
      </div>
      <Trouble words={words} say={say} fault={fault} />
      <div class="row">
        <button type="button" class="small" disabled={isChecking} onClick={() => verify()}>
          {say.verify}
        </button>
      </div>
      <details>
        <summary>{say.keptTitle}</summary>
        <form
          class="filters"
          onSubmit={event => {
            event.preventDefault()
            verify({ no: no.current?.value ?? '', hash: (hash.current?.value ?? '').trim().toLowerCase() })
          }}
        >
          <label>
            {say.keptNo}
            <input ref={no} type="number" min={1} required />
          </label>
          <label>
            {say.keptHash}
            <input ref={hash} required pattern="\s*[0-9a-fA-F]{64}\s*" autocapitalize="off" spellcheck={false} />
          </label>
          <button type="submit" class="small" disabled={isChecking}>
            {say.keptCheck}
          </button>
        </form>
      </details>
    </section>
  )
}

function Verdict({ words, say, verdict }: Props & { verdict: AuditVerdict }) {
  const { isWhole, events, newest, broken } = verdict
  const where = broken?.no == null ? '' : say.brokenAt(String(broken.no))
  return (
    <>
      <p class="verdict" data-verdict={isWhole ? 'good' : 'late'}>
        {isWhole ? <CheckIcon /> : <WarnIcon />}
        <span>{isWhole ? say.whole(words.format.whole(events)) : say.broken(broken?.why ?? '', where)}</span>
      </p>
      {newest !== null && (
        <p class="hint">
          {say.newest}: {newest.no}, <code class="hash">{newest.hash}</code>. {say.newestHelp}
        </p>
      )}
    </>
  )
}

function Events({ words, say }: Props) {
  const list = useList<AuditLine>('/audit/events')
  const { items, fault } = list
  const rows = useRef<HTMLTableSectionElement>(null)
  return (
    <section class="rows" aria-labelledby="events-title" aria-busy={list.isBehind && fault === undefined}>
      <h2 id="events-title">{say.events}</h2>
      <Trouble words={words} say={say} fault={fault} />
      {items?.length === 0 && <p class="card hint">{say.none}</p>}
      {items !== undefined && items.length > 0 && (
        // what scrolls must be reached with the keyboard
        // biome-ignore lint/a11y/noNoninteractiveTabindex: as above
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields
        <div class="card scrolls" role="group" tabIndex={0} aria-labelledby="events-title">
          <table>
            <thead>
              <tr>
                <th scope="col" class="number">
                  {say.columns.no}
                </th>
                <th scope="col">{say.columns.at}</th>
                <th scope="col">{say.columns.actor}</th>
                <th scope="col">{say.columns.table}</th>
                <th scope="col">{say.columns.what}</th>
              </tr>
            </thead>
            <tbody ref={rows}>
              {items.map(({ no, table, eventNo, atMs, actor, what }) => (
                <tr key={no}>
                  <td class="number">{no}</td>
                  <td>{atMs === null ? <strong>{say.missing}</strong> : <Moment words={words} ms={atMs} />}</td>
                  <td>{actor}</td>
                  <td>
                    {table} <small>{eventNo}</small>
                  </td>
                  <td>{what}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <More {...{ words, list, rows }} />
    </section>
  )
}
