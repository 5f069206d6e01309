// What is asked once more before it is done: a button that opens the question, a yes and a no, and the focus that goes there and back. What the yes does, and
// in which words it fails, its page says.

import type { ComponentChildren, RefObject } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { onceWord } from './asking.ts'
import type { Words } from './words.ts'

interface QuestionProps {
  words: Words
  /** On the button that opens it. */
  label: string
  /** Of whom or what it is, for who does not see where the button stands. */
  about?: string
  isQuiet?: boolean
  ask: string
  /** Instead of the plain yes. */
  yes?: string
  /** Where a yes cannot be undone, the no has the focus; otherwise a field to fill in, or the yes. */
  isNoFirst?: boolean
  isOpenFirst?: boolean
  /** Where the focus goes after a no; otherwise to the button that opened it. */
  back?: RefObject<HTMLElement>
  /** What else is read, chosen or filled in before a yes. */
  children?: ComponentChildren
  /** What went wrong with the yes. */
  trouble?: ComponentChildren
  /** `once`: the same word for every yes to this question, so that a repeat does nothing twice. False: it failed, and the question stays open. */
  onYes(once: string, form: FormData): Promise<boolean>
  onNo?(): void
}

export function Question(props: QuestionProps) {
  const { label, about, isQuiet = false } = props
  const [isOpen, setOpen] = useState(props.isOpenFirst === true)
  const opener = useRef<HTMLButtonElement>(null)
  if (isOpen) {
    return (
      <Asked
        {...props}
        close={isNo => {
          setOpen(false)
          // back to where the question came from
          if (isNo) requestAnimationFrame(() => (props.back ?? opener).current?.focus())
        }}
      />
    )
  }
  return (
    <button
      type="button"
      class={isQuiet ? 'small quiet' : 'small'}
      ref={opener}
      aria-label={about === undefined ? undefined : `${label}: ${about}`}
      onClick={() => setOpen(true)}
    >
      {label}
    </button>
  )
}

function Asked(props: QuestionProps & { close(isNo: boolean): void }) {
  const { words, ask, yes = words.say.yes, isNoFirst = false, children, trouble, onYes, onNo, close } = props
  // not disabled meanwhile: what is disabled loses the focus
  const isDoing = useRef(false)
  const form = useRef<HTMLFormElement>(null)
  const once = useRef(onceWord())
  // before it is painted: who reads the question has the answer under the finger
  useLayoutEffect(() => {
    const first = isNoFirst ? '[data-no]' : 'textarea, [type="submit"]'
    form.current?.querySelector<HTMLElement>(first)?.focus()
  }, [])

  async function done(): Promise<void> {
    if (form.current === null || isDoing.current) return
    isDoing.current = true
    const isDone = await onYes(once.current, new FormData(form.current))
    isDoing.current = false
    if (isDone) close(false)
  }
  return (
    <form
      class="ask"
      ref={form}
      onSubmit={event => {
        event.preventDefault()
        void done()
      }}
    >
      <fieldset>
        <legend>{ask}</legend>
        {children}
        <div class="row choices">
          <button type="submit">{yes}</button>
          <button
            type="button"
            class={isNoFirst ? undefined : 'quiet'}
            data-no
            onClick={() => {
              if (isDoing.current) return
              onNo?.()
              close(true)
            }}
          >
            {words.say.no}
          </button>
        </div>
        {trouble}
      </fieldset>
    </form>
  )
}
