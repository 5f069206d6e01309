// Giving a mandate, whose code is shown once, and taking one with its code.

import { useRef, useState } from 'preact/hooks'
import { type ApiFault, sendJson } from '../api/client.ts'
import type { Mandate } from '../api/types.ts'
import type { Words } from '../parts/words.ts'

interface FormProps {
  words: Words
  tell(outcome: string | ApiFault): void
}

export function GiveForm({ words, tell }: FormProps) {
  const say = words.say.people
  const scope = useRef<HTMLSelectElement>(null)
  const days = useRef<HTMLInputElement>(null)
  const [code, setCode] = useState('')

  async function give(): Promise<void> {
    const wish = { scope: scope.current?.value ?? 'look', days: Number(days.current?.value ?? 365) }
    const answer = await sendJson<{ code: string }>('/mandates', wish)
    if (!answer.ok) return tell(answer.fault)
    setCode(answer.value.body.code)
    tell('')
  }

  return (
    <form
      class="claim"
      onSubmit={event => {
        event.preventDefault()
        void give()
      }}
    >
      <div class="entry">
        <label for="scope">{say.scope}</label>
        <select id="scope" ref={scope}>
          <option value="look">{say.scopes.look}</option>
          <option value="act">{say.scopes.act}</option>
        </select>
      </div>
      <div class="entry">
        <label for="days">{say.days}</label>
        <input id="days" ref={days} type="number" min={1} max={730} value={365} required />
      </div>
      <p class="row">
        <button type="submit">{say.give}</button>
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

export function TakeForm({ words, tell }: FormProps) {
  const say = words.say.people
  const field = useRef<HTMLInputElement>(null)

  async function take(): Promise<void> {
    const answer = await sendJson<Mandate>('/mandates/take', { code: field.current?.value.trim() ?? '' })
    if (!answer.ok) return tell(answer.fault)
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
        <input id="mandate-code" ref={field} autocomplete="off" autocapitalize="characters" maxLength={64} required />
      </div>
      <p class="row">
        <button type="submit">{say.takeButton}</button>
      </p>
    </form>
  )
}
