// Claiming a dongle: typed from the label, or seen by the camera. A typing error is found here, by the check characters, before a server is
// asked; each field says its own.

import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { isClaimCode, readClaimSymbol, ungrouped } from '../../../shared/kernel/claim-code.ts'
import { isDongleId } from '../../../shared/kernel/ids.ts'
import { sendJson } from '../api/client.ts'
import type { ActDone } from '../api/types.ts'
import type { Words } from '../parts/words.ts'
import { TermsFirst } from '../sharing/terms-first.tsx'
import { canScan, watch } from './camera.ts'
import { problemOf } from './problem.ts'

interface ClaimFormProps {
  words: Words
  onClaimed(): void
}

type Wrong = 'id' | 'code'

export function ClaimForm({ words, onClaimed }: ClaimFormProps) {
  const say = words.say.dongles
  const idField = useRef<HTMLInputElement>(null)
  const codeField = useRef<HTMLInputElement>(null)
  const [wrong, setWrong] = useState<Wrong | undefined>()
  const [told, setTold] = useState('')
  const [isProblem, setProblem] = useState(false)
  const [isAsking, setAsking] = useState(false)
  const [isScanning, setScanning] = useState(false)
  const [needsTerms, setNeedsTerms] = useState(false)

  function tell(text: string, isWrong: boolean): void {
    setTold(text)
    setProblem(isWrong)
  }

  /** A symbol's text in either field fills both. */
  function fill(text: string): boolean {
    const symbol = readClaimSymbol(text)
    if (symbol === undefined || idField.current === null || codeField.current === null) return false
    idField.current.value = symbol.dongleId
    codeField.current.value = symbol.claimCode
    return true
  }

  async function claim(): Promise<void> {
    const dongleId = ungrouped(idField.current?.value ?? '')
    const claimCode = ungrouped(codeField.current?.value ?? '')
    const mistyped = !isDongleId(dongleId) ? 'id' : isClaimCode(claimCode) ? undefined : 'code'
    setWrong(mistyped)
    if (mistyped !== undefined) {
      tell('', false)
      const field = mistyped === 'id' ? idField : codeField
      field.current?.focus()
      return
    }
    setAsking(true)
    const answer = await sendJson<ActDone>('/own/dongles', { dongleId, claimCode })
    setAsking(false)
    setNeedsTerms(!answer.ok && answer.fault.problem === 'terms.not-accepted')
    if (!answer.ok) return tell(say.problems[problemOf(answer.fault)], true)
    if (idField.current !== null) idField.current.value = ''
    if (codeField.current !== null) codeField.current.value = ''
    tell(say.claimed, false)
    onClaimed()
  }

  return (
    <section class="card" aria-labelledby="claim-title">
      <h2 id="claim-title">{say.claimTitle}</h2>
      <p class="hint">{say.claimText}</p>
      {isScanning && (
        <Scanner
          words={words}
          onText={text => {
            if (!fill(text)) return tell(say.scanOther, true)
            setScanning(false)
            void claim()
          }}
          onEnd={outcome => {
            setScanning(false)
            if (outcome === 'denied') tell(say.scanDenied, true)
            if (outcome === 'failed') tell(say.scanFailed, true)
          }}
        />
      )}
      <form
        class="claim"
        onSubmit={event => {
          event.preventDefault()
          void claim()
        }}
      >
        <Field
          id="dongle-id"
          name={say.idField}
          help={wrong === 'id' ? say.idWrong : say.idHelp}
          isWrong={wrong === 'id'}
          field={idField}
          onInput={fill}
        />
        <Field
          id="claim-code"
          name={say.codeField}
          help={wrong === 'code' ? say.codeWrong : say.codeHelp}
          isWrong={wrong === 'code'}
          field={codeField}
          onInput={fill}
        />
        <div class="row">
          <button type="submit" disabled={isAsking}>
            {say.claim}
          </button>
          {canScan() && !isScanning && (
            <button
              type="button"
              class="quiet"
              onClick={() => {
                tell('', false)
                setScanning(true)
              }}
            >
              {say.scan}
            </button>
          )}
        </div>
      </form>
      <p class={isProblem ? 'help wrong' : 'help'} role="status">
        {told}
      </p>
      {needsTerms && <TermsFirst words={words} onAccepted={() => void claim()} />}
    </section>
  )
}

interface FieldProps {
  id: string
  name: string
  help: string
  isWrong: boolean
  field: preact.RefObject<HTMLInputElement>
  onInput(text: string): boolean
}

function Field({ id, name, help, isWrong, field, onInput }: FieldProps) {
  return (
    <div class="entry">
      <label for={id}>{name}</label>
      <input
        id={id}
        ref={field}
        type="text"
        autocomplete="off"
        autocapitalize="characters"
        spellcheck={false}
        maxLength={64}
        required
        aria-invalid={isWrong}
        aria-describedby={`${id}-help`}
        onInput={event => void onInput(event.currentTarget.value)}
      />
      <p id={`${id}-help`} class={isWrong ? 'help wrong' : 'help'} aria-live="polite">
        {help}
      </p>
    </div>
  )
}

interface ScannerProps {
  words: Words
  onText(text: string): void
  onEnd(outcome: 'ended' | 'denied' | 'failed'): void
}

function Scanner({ words, onText, onEnd }: ScannerProps) {
  const say = words.say.dongles
  const video = useRef<HTMLVideoElement>(null)
  const stop = useRef<HTMLButtonElement>(null)
  useLayoutEffect(() => {
    const ended = new AbortController()
    stop.current?.focus()
    if (video.current !== null) {
      void watch(video.current, ended.signal, onText).then(outcome => {
        if (!ended.signal.aborted) onEnd(outcome)
      })
    }
    return () => ended.abort()
  }, [])
  return (
    <div class="scanner">
      <video ref={video} muted playsInline aria-label={say.scan} />
      <p role="status">{say.scanning}</p>
      <button type="button" class="quiet" ref={stop} onClick={() => onEnd('ended')}>
        {say.scanStop}
      </button>
    </div>
  )
}
