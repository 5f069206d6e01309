// The two logs that a customer has a right to (Reg. (EU) 2023/1162): every step of every permission, and every delivery that left; and what mandated
// persons have looked at. Opened by who wants them; all of it can be taken along as a file.

import { useRef, useState } from 'preact/hooks'
import { actingHeader } from '../api/acting.ts'
import type { DataAccessEntry, MandatedReadEntry, OwnPermission, PermissionLogEntry } from '../api/types.ts'
import { useList } from '../parts/listing.ts'
import { More } from '../parts/more.tsx'
import { save } from '../parts/save.ts'
import type { Words } from '../parts/words.ts'

const EXPORT_TIMEOUT_MS = 60_000

interface LogsProps {
  words: Words
  permissions: OwnPermission[]
}

export function Logs({ words, permissions }: LogsProps) {
  const say = words.say.sharing
  return (
    <section class="logs" aria-label={say.logTitle}>
      <Opened title={say.logTitle}>
        <Steps words={words} permissions={permissions} />
      </Opened>
      <Opened title={say.accessTitle}>
        <Deliveries words={words} permissions={permissions} />
      </Opened>
      <Opened title={say.looksTitle}>
        <Looks words={words} />
      </Opened>
      <Export words={words} />
    </section>
  )
}

/** Asked for as the page asks for everything, so that it is of the person in whose name the page is looked at. */
function Export({ words }: { words: Words }) {
  const say = words.say.sharing
  const [isFailed, setFailed] = useState(false)
  async function take(): Promise<void> {
    const path = '/consent-export'
    const asked = { headers: actingHeader(path), signal: AbortSignal.timeout(EXPORT_TIMEOUT_MS) } as const
    const file = await fetch(`/api/v1${path}`, { ...asked, cache: 'no-store' })
      .then(response => (response.ok ? response.blob() : undefined))
      .catch(() => undefined)
    setFailed(file === undefined)
    if (file !== undefined) save('consent.json', 'application/json', [file])
  }
  return (
    <>
      <p class="row">
        <button type="button" class="small quiet" onClick={() => void take()}>
          {say.export}
        </button>
      </p>
      <p class="help wrong" role="status">
        {isFailed ? say.exportFailed : ''}
      </p>
    </>
  )
}

/** What is in it is asked for when it is opened. */
function Opened({ title, children }: { title: string; children: preact.ComponentChildren }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details class="card history" onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>{title}</summary>
      {isOpen && children}
    </details>
  )
}

function Steps({ words, permissions }: LogsProps) {
  const say = words.say.sharing
  const list = useList<PermissionLogEntry>('/permission-provision-log')
  const { items } = list
  const rows = useRef<HTMLOListElement>(null)
  return (
    <>
      <p class="hint">{items?.length === 0 ? say.logNone : say.logText}</p>
      <ol ref={rows}>
        {items?.map(({ no, permissionId, atMs, kind, cause }) => (
          <li key={no}>
            <Moment words={words} atMs={atMs} /> {nameOf(permissions, permissionId, words)}: {say.states[kind]}
            {cause !== undefined && cause !== 'asked' && <small> ({say.causes[cause]})</small>}
          </li>
        ))}
      </ol>
      <More words={words} list={list} rows={rows} />
    </>
  )
}

function Deliveries({ words, permissions }: LogsProps) {
  const say = words.say.sharing
  const { format } = words
  const list = useList<DataAccessEntry>('/data-access-log')
  const { items } = list
  const rows = useRef<HTMLOListElement>(null)
  return (
    <>
      <p class="hint">{items?.length === 0 ? say.accessNone : say.accessText}</p>
      <ol ref={rows}>
        {items?.map(({ no, permissionId, atMs, readings, fromS, toS, channel }) => (
          <li key={no}>
            <Moment words={words} atMs={atMs} /> {nameOf(permissions, permissionId, words)}:{' '}
            {say.access(String(readings), format.dayAndClock(fromS), format.dayAndClock(toS))}{' '}
            <small>({channel})</small>
          </li>
        ))}
      </ol>
      <More words={words} list={list} rows={rows} />
    </>
  )
}

function Looks({ words }: { words: Words }) {
  const say = words.say.sharing
  const { format } = words
  const list = useList<MandatedReadEntry>('/mandated-access-log')
  const { items } = list
  const rows = useRef<HTMLOListElement>(null)
  return (
    <>
      <p class="hint">{items?.length === 0 ? say.looksNone : say.looksText}</p>
      <ol ref={rows}>
        {items?.map(({ no, atMs, holderName, what, reads, fromS, toS }) => (
          <li key={no}>
            <Moment words={words} atMs={atMs} /> {holderName}: {say.looks[what]},{' '}
            {say.lookAt(reads, format.dayAndClock(fromS), format.dayAndClock(toS))}
          </li>
        ))}
      </ol>
      <More words={words} list={list} rows={rows} />
    </>
  )
}

function Moment({ words, atMs }: { words: Words; atMs: number }) {
  return <time dateTime={new Date(atMs).toISOString()}>{words.format.dayAndClock(Math.floor(atMs / 1000))}</time>
}

function nameOf(permissions: OwnPermission[], permissionId: string, words: Words): string {
  const known = permissions.find(permission => permission.permissionId === permissionId)
  return known?.serviceName[words.language] ?? permissionId
}
