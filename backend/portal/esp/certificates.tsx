// The certificates of the ESP's machines, beside their keys: what is there, how one is added, and revoking it. A private key that was pasted along is noticed
// here and not sent.

import { sendJson } from '../api/client.ts'
import type { EspCertificate } from '../api/types.ts'
import { useAsked } from '../parts/asking.ts'
import { Question } from '../parts/question.tsx'
import { ProblemLine, type Scene, useActs } from './acting.tsx'
import { Paste } from './paste.tsx'

const ASK_EVERY_MS = 30_000
/** Of a thumbprint, enough to tell one from another. */
const SHOWN_CHARACTERS = 16

interface CertificatesProps {
  scene: Scene
  espId: string
}

export function Certificates({ scene, espId }: CertificatesProps) {
  const { say } = scene
  const [held, fault, ask] = useAsked<{ items: EspCertificate[] }>(`/esps/${espId}/certificates`, ASK_EVERY_MS)
  return (
    <>
      <section class="card" aria-labelledby="certificates-title" aria-busy={held === undefined}>
        <h2 id="certificates-title">{say.certificatesTitle}</h2>
        <p class="hint">{say.certificatesText}</p>
        {held?.items.every(({ revokedAtS }) => revokedAtS !== null) && <p>{say.certificatesNone}</p>}
        {held !== undefined && held.items.length > 0 && (
          <ul class="rows">
            {held.items.map(one => (
              <Row key={one.thumbprint} scene={scene} espId={espId} certificate={one} onDone={ask} />
            ))}
          </ul>
        )}
        {held === undefined && <ProblemLine scene={scene} fault={fault} />}
      </section>
      <Paste
        {...{ scene, id: 'pem', title: say.addCertificate, label: say.certificate, rows: 6, lengthMax: 16_384 }}
        {...{ help: say.certificateHelp, button: say.addCertificate, added: say.certificateAdded, onDone: ask }}
        read={text => {
          const pem = text.trim()
          if (pem.includes('PRIVATE KEY')) return say.certificateIsPrivate
          return () => sendJson<EspCertificate>(`/esps/${espId}/certificates`, { pem })
        }}
      />
    </>
  )
}

function Row({
  scene,
  espId,
  certificate,
  onDone,
}: CertificatesProps & { certificate: EspCertificate; onDone(): void }) {
  const { say, words } = scene
  const { dayAndClock } = words.format
  const { thumbprint, untilS, revokedAtS } = certificate
  const name = `${thumbprint.slice(0, SHOWN_CHARACTERS)}…`
  const { fault, act } = useActs()

  async function revoke(once: string): Promise<boolean> {
    const path = `/esps/${espId}/certificates/${thumbprint}/revoke`
    if ((await act(() => sendJson<EspCertificate>(path, {}, once))) === undefined) return false
    scene.tell(say.revoked)
    onDone()
    return true
  }
  return (
    <li>
      <p>
        <code>{name}</code>{' '}
        <small>
          {say.certificateUntil(dayAndClock(untilS))}
          {revokedAtS !== null && `, ${say.keyRevoked(dayAndClock(revokedAtS))}`}
        </small>
      </p>
      {revokedAtS === null && (
        <div class="row">
          <Question
            {...{ words, label: say.revoke, about: name, ask: say.revokeAsk(name), isQuiet: true, onYes: revoke }}
            trouble={<ProblemLine scene={scene} fault={fault} />}
          />
        </div>
      )}
    </li>
  )
}
