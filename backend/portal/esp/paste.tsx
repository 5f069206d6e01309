// A text that was made elsewhere and is added here, a key or a certificate: folded until it is wanted, looked at before it is sent, and emptied when it has
// arrived.

import { useRef, useState } from 'preact/hooks'
import type { Result } from '../../../shared/kernel/result.ts'
import type { ApiFault } from '../api/client.ts'
import { ProblemLine, type Scene, useActs } from './acting.tsx'

interface PasteProps {
  scene: Scene
  id: string
  title: string
  label: string
  rows: number
  lengthMax: number
  help: string
  /** On the button that adds it. */
  button: string
  /** Told when it has arrived. */
  added: string
  /** The way to send it, or in words why it is not sent. */
  read(text: string): string | (() => Promise<Result<{ body: unknown }, ApiFault>>)
  onDone(): void
}

export function Paste(props: PasteProps) {
  const { scene, id, title, label, rows, lengthMax, help, button, added, read, onDone } = props
  const field = useRef<HTMLTextAreaElement>(null)
  const [wrong, setWrong] = useState<string | undefined>()
  const { fault, act } = useActs()

  async function add(): Promise<void> {
    const send = read(field.current?.value ?? '')
    setWrong(typeof send === 'string' ? send : undefined)
    if (typeof send === 'string') return field.current?.focus()
    if ((await act(send)) === undefined) return
    if (field.current !== null) field.current.value = ''
    scene.tell(added)
    onDone()
  }
  return (
    <details class="card history">
      <summary>{title}</summary>
      <form
        onSubmit={event => {
          event.preventDefault()
          void add()
        }}
      >
        <div class="entry">
          <label for={id}>{label}</label>
          <textarea
            id={id}
            ref={field}
            rows={rows}
            maxLength={lengthMax}
            spellcheck={false}
            autocomplete="off"
            aria-invalid={wrong !== undefined}
            aria-describedby={`${id}-help`}
          />
          <p id={`${id}-help`} class={wrong === undefined ? 'help' : 'help wrong'} role="status">
            {wrong ?? help}
          </p>
        </div>
        <p class="row">
          <button type="submit">{button}</button>
        </p>
      </form>
      <ProblemLine scene={scene} fault={fault} />
    </details>
  )
}
