// Giving a mandate, whose code is shown once, and taking one with its code.

import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { type ApiFault, sendJson } from '../api/client.ts'
import type { Mandate } from '../api/types.ts'
import type { Words } from '../parts/words.ts'

/** A mandate to give or to take that waits for a fresh sign-in. */
export interface KeptMandate {
  give?: { scope: string; days: number }
  code?: string
}

interface FormProps<Kept> {
  words: Words
  /** With what was wished, so that it can be kept. */
  tell(outcome: string | ApiFault, wish?: KeptMandate): void
  kept: Kept | undefined
}

export function GiveForm({ words, tell, kept }: FormProps<KeptMandate['give']>) {
  const say = words.say.people
  const scope = useRef<HTMLSelectElement>(null)
  const days = useRef<HTMLInputElement>(null)
  const [code, setCode] = useState('')

  async function give(): Promise<void> {
    const wish = { scope: scope.current?.value ?? 'look', days: Number(days.current?.value ?? 365) }
    const answer = await sendJson<{ code: string }>('/mandates', wish)
    if (!answer.ok) return tell(answer.fault, { give: wish })
    setCode(answer.value.body.code)
    tell('')
  }

  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        void give()
      }}
    >
      <div class="entry">
        <label for="scope">{say.scope}</label>
        <select id="scope" ref={scope}>
          <option value="look">{say.scopes.look}</option>
          <option value="act" selected={kept?.scope === 'act'}>
            {say.scopes.act}
          </option>
        </select>
      </div>
      <div class="entry">
        <label for="days">{say.days}</label>
        <input id="days" ref={days} type="number" min={1} max={730} defaultValue={`${kept?.days ?? 365}`} required />
      </div>
      <p class="row">
        <button type="submit" ref={useFocusIf(kept !== undefined)}>
          {say.give}
        </button>
      </p>
      {code !== '' && (
        <div role="alert">
          <p class="code">{say.codeIs(code)}</p>
          <p class="hint">{say.codeOnce}</p>
        </div>
      )}
    </form>
  )
}

export function TakeForm({ words, tell, kept }: FormProps<KeptMandate['code']>) {
  const say = words.say.people
  const field = useRef<HTMLInputElement>(null)

  async function take(): Promise<void> {
    const code = field.current?.value.trim() ?? ''
    const answer = await sendJson<Mandate>('/mandates/take', { code })
    if (!answer.ok) return tell(answer.fault, { code })
    if (field.current !== null) field.current.value = ''
    tell(say.taken(answer.value.body.giverName))
  }

  return (
    <form
      class="claim"
      onSubmit={event => {
        event.preventDefault()
        void take()
      }}
    >
      <div class="entry">
        <label for="mandate-code">{say.code}</label>
        <input
          id="mandate-code"
          ref={field}
          defaultValue={kept ?? ''}
          autocomplete="off"
          autocapitalize="characters"
          maxLength={64}
          required
        />
      </div>
      <p class="row">
        <button type="submit" ref={useFocusIf(kept !== undefined)}>
          {say.takeButton}
        </button>
      </p>
    </form>
  )
}

/** Who comes back to confirm finds the way there. */
function useFocusIf(isKept: boolean) {
  const button = useRef<HTMLButtonElement>(null)
  useLayoutEffect(() => {
    if (isKept) button.current?.focus()
  }, [])
  return button
}
