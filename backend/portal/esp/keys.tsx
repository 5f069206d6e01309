// The public keys of the ESP's machines. A pair can be made here: the private half goes into a file and nowhere else, and is at hand to be saved again until
// the reader says to have it.

import { useState } from 'preact/hooks'
import { sendJson } from '../api/client.ts'
import type { EspKey, PublicJwk } from '../api/types.ts'
import { useAsked } from '../parts/asking.ts'
import { Question } from '../parts/question.tsx'
import { save } from '../parts/save.ts'
import { ProblemLine, type Scene, useActs } from './acting.tsx'
import { canMakeKeys, keyFileOf, makeKeyPair, publicKeyIn } from './key-pair.ts'
import { Paste } from './paste.tsx'

const ASK_EVERY_MS = 30_000

interface KeysProps {
  scene: Scene
  espId: string
}

export function Keys({ scene, espId }: KeysProps) {
  const { say } = scene
  const [keys, fault, ask] = useAsked<{ items: EspKey[] }>(`/esps/${espId}/keys`, ASK_EVERY_MS)
  return (
    <>
      <section class="card" aria-labelledby="keys-title" aria-busy={keys === undefined}>
        <h2 id="keys-title">{say.keysTitle}</h2>
        <p class="hint">{say.keysText}</p>
        {keys?.items.length === 0 && <p>{say.keysNone}</p>}
        <ul class="rows">
          {keys?.items.map(key => (
            <KeyRow key={key.kid} scene={scene} espId={espId} espKey={key} onDone={ask} />
          ))}
        </ul>
        {keys === undefined && <ProblemLine scene={scene} fault={fault} />}
      </section>
      <Make scene={scene} espId={espId} onDone={ask} />
      <Paste
        {...{ scene, id: 'jwk', title: say.pasteKey, label: say.publicKey, rows: 4, lengthMax: 1000 }}
        {...{ help: say.pasteHelp, button: say.addKey, added: say.keyAdded, onDone: ask }}
        read={text => {
          const key = publicKeyIn(text)
          if (typeof key === 'string') return key === 'private' ? say.keyIsPrivate : say.keyIsNone
          return () => addKey(espId, key)
        }}
      />
    </>
  )
}

function KeyRow({ scene, espId, espKey: key, onDone }: KeysProps & { espKey: EspKey; onDone(): void }) {
  const { say, words } = scene
  const { fault, act } = useActs()

  async function revoke(once: string): Promise<boolean> {
    const path = `/esps/${espId}/keys/${encodeURIComponent(key.kid)}/revoke`
    if ((await act(() => sendJson<EspKey>(path, {}, once))) === undefined) return false
    scene.tell(say.revoked)
    onDone()
    return true
  }
  return (
    <li>
      <p>
        <code>{key.kid}</code>{' '}
        <small>
          {say.keySince(words.format.dayAndClock(key.createdAtS))}
          {key.revokedAtS !== null && `, ${say.keyRevoked(words.format.dayAndClock(key.revokedAtS))}`}
        </small>
      </p>
      {key.revokedAtS === null && (
        <div class="row">
          <Question
            {...{ words, label: say.revoke, about: key.kid, ask: say.revokeAsk(key.kid), isQuiet: true, onYes: revoke }}
            trouble={<ProblemLine scene={scene} fault={fault} />}
          />
        </div>
      )}
    </li>
  )
}

function Make({ scene, espId, onDone }: KeysProps & { onDone(): void }) {
  const { say } = scene
  const [made, setMade] = useState<{ kid: string; file: string } | undefined>()
  const { fault, act } = useActs()
  const keep = (file: string): void => save(`${espId}.key.json`, 'application/json', [file])

  async function make(): Promise<void> {
    const pair = await makeKeyPair()
    const added = await act(() => addKey(espId, pair.publicKey))
    if (added === undefined) return
    const file = keyFileOf(espId, added.kid, pair.privateKey)
    keep(file)
    setMade({ kid: added.kid, file })
    onDone()
  }
  return (
    <section class="card" aria-labelledby="make-title">
      <h2 id="make-title">{say.makeKey}</h2>
      <p class="hint">{canMakeKeys() ? say.makeKeyText : say.noCrypto}</p>
      <p class={made === undefined ? 'unseen' : 'said'} role="status">
        {made === undefined ? '' : say.keyMade(made.kid)}
      </p>
      <p class="row">
        {made === undefined ? (
          canMakeKeys() && (
            <button type="button" onClick={() => void make()}>
              {say.makeKey}
            </button>
          )
        ) : (
          <>
            <button type="button" onClick={() => keep(made.file)}>
              {say.saveAgain}
            </button>
            <button type="button" class="quiet" onClick={() => setMade(undefined)}>
              {say.keyKept}
            </button>
          </>
        )}
      </p>
      <ProblemLine scene={scene} fault={fault} />
    </section>
  )
}

function addKey(espId: string, key: PublicJwk) {
  return sendJson<EspKey>(`/esps/${espId}/keys`, key)
}
