// Where webhooks go: the address with its secret, which is shown once, and a test that says in words what came back.

import { useState } from 'preact/hooks'
import { type ApiFault, sendJson } from '../api/client.ts'
import type { DeliveryFormat, NewWebhook, Webhook, WebhookTest } from '../api/types.ts'
import { CheckIcon, WarnIcon } from '../parts/icons.tsx'
import { Question } from '../parts/question.tsx'
import { ProblemLine, type Scene, useActs } from './acting.tsx'
import { Answer } from './answer.tsx'

interface WebhookProps {
  scene: Scene
  /** Undefined: none is kept. */
  webhook: Webhook | undefined
  /** Why it is not known. */
  fault: ApiFault | undefined
  onDone(): void
}

export function WebhookCard({ scene, webhook, fault, onDone }: WebhookProps) {
  const { say } = scene
  const [secret, setSecret] = useState('')
  const isUnknown = webhook === undefined && fault !== undefined && fault.problem !== 'webhook.unknown'
  return (
    <section class="card" aria-labelledby="webhook-title">
      <h2 id="webhook-title">{say.webhookTitle}</h2>
      <p class="hint">{say.webhookText}</p>
      <p class="kept">{webhook === undefined ? say.webhookNone : say.webhookSet(webhook.url)}</p>
      {isUnknown && <ProblemLine scene={scene} fault={fault} />}
      {secret !== '' && <Secret scene={scene} secret={secret} />}
      <Direct {...{ scene, webhook, onDone }} onSecret={setSecret} />
      {webhook !== undefined && <Try scene={scene} />}
      {webhook !== undefined && (
        <Stop
          scene={scene}
          onDone={() => {
            setSecret('')
            onDone()
          }}
        />
      )}
    </section>
  )
}

function Secret({ scene: { say }, secret }: { scene: Scene; secret: string }) {
  const [isCopied, setCopied] = useState(false)
  return (
    <div class="secret" role="status">
      <p>
        {say.secretIs}: <code>{secret}</code>
      </p>
      <p class="hint">{say.secretOnce}</p>
      <p class="row">
        <button
          type="button"
          class="small quiet"
          onClick={() => void navigator.clipboard?.writeText(secret).then(() => setCopied(true))}
        >
          {say.copy}
        </button>
        {isCopied && <span>{say.copied}</span>}
      </p>
    </div>
  )
}

interface DirectProps extends Omit<WebhookProps, 'fault'> {
  onSecret(secret: string): void
}

function Direct({ scene, webhook, onDone, onSecret }: DirectProps) {
  const { say } = scene
  const { fault, act } = useActs()

  async function direct(form: FormData): Promise<void> {
    const wish = { url: String(form.get('url')).trim(), format: form.get('format') }
    const kept = await act(() => sendJson<NewWebhook>('/esp/webhook', wish, undefined, 'PUT'))
    if (kept === undefined) return
    onSecret(kept.secret)
    onDone()
  }
  const isRefused = fault?.problem === 'webhook.refused'
  return (
    <form
      noValidate
      onSubmit={event => {
        event.preventDefault()
        void direct(new FormData(event.currentTarget))
      }}
    >
      <div class="entry">
        <label for="webhook-url">{say.address}</label>
        <input
          id="webhook-url"
          name="url"
          type="url"
          maxLength={500}
          defaultValue={webhook?.url ?? ''}
          aria-invalid={isRefused}
          aria-describedby="webhook-help"
        />
        <p id="webhook-help" class="help">
          {say.addressHelp}
        </p>
      </div>
      <div class="entry">
        <label for="webhook-format">{say.format}</label>
        <select id="webhook-format" name="format">
          {(Object.keys(say.formats) as DeliveryFormat[]).map(format => (
            <option key={format} value={format} selected={format === (webhook?.format ?? 'json')}>
              {say.formats[format]}
            </option>
          ))}
        </select>
      </div>
      <p class="row">
        <button type="submit">{webhook === undefined ? say.setWebhook : say.resetWebhook}</button>
      </p>
      <ProblemLine scene={scene} fault={fault} />
    </form>
  )
}

function Try({ scene }: { scene: Scene }) {
  const { say } = scene
  const [came, setCame] = useState<WebhookTest | undefined>()
  const { fault, isDoing, act } = useActs()

  async function send(): Promise<void> {
    setCame(undefined)
    setCame(await act(() => sendJson<WebhookTest>('/esp/webhook/test', {})))
  }
  return (
    <>
      <p class="row">
        <button type="button" class="quiet" onClick={() => void send()}>
          {say.test}
        </button>
      </p>
      <p class="verdict came" data-verdict={came?.isTaken === true ? 'good' : 'late'} role="status">
        {isDoing && say.testing}
        {came !== undefined && (
          <>
            {came.isTaken ? <CheckIcon /> : <WarnIcon />}
            <span>
              {came.isTaken ? say.testTaken : say.testFailed} <Answer say={say} answer={came.answer} />
            </span>
          </>
        )}
      </p>
      <ProblemLine scene={scene} fault={fault} />
    </>
  )
}

function Stop({ scene, onDone }: { scene: Scene; onDone(): void }) {
  const { say } = scene
  const { fault, act } = useActs()

  async function stop(once: string): Promise<boolean> {
    if ((await act(() => sendJson('/esp/webhook', {}, once, 'DELETE'))) === undefined) return false
    scene.tell(say.stopped)
    onDone()
    return true
  }
  return (
    <div class="row">
      <Question
        {...{ words: scene.words, label: say.stopWebhook, ask: say.stopAsk, isQuiet: true, onYes: stop }}
        trouble={<ProblemLine scene={scene} fault={fault} />}
      />
    </div>
  )
}
