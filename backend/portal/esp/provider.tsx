// Who the provider is: applying, what the operator has decided, and what customers read about it.

import { useState } from 'preact/hooks'
import { sendJson } from '../api/client.ts'
import type { Esp, EspProfile } from '../api/types.ts'
import { CheckIcon, WaitIcon, WarnIcon } from '../parts/icons.tsx'
import { ProblemLine, type Scene, useActs } from './acting.tsx'
import { Field, Form } from './fields.tsx'
import { COMPANY_NAME_MAX, readProfile } from './profile-form.ts'

export function Apply({ scene, onApplied }: { scene: Scene; onApplied(): void }) {
  const { say } = scene
  const { fault, act } = useActs()

  async function apply(profile: EspProfile): Promise<void> {
    if ((await act(() => sendJson<Esp>('/esps', profile))) === undefined) return
    scene.tell(say.applied)
    onApplied()
  }
  return (
    <section class="card" aria-labelledby="apply-title">
      <h2 id="apply-title">{say.applyTitle}</h2>
      <p class="hint">{say.applyText}</p>
      <ProfileForm scene={scene} submit={say.apply} onRead={profile => void apply(profile)} />
      <ProblemLine scene={scene} fault={fault} />
    </section>
  )
}

export function Provider({ scene, esp, onChanged }: { scene: Scene; esp: Esp; onChanged(): void }) {
  const { say } = scene
  const { espId, state, profile, remark } = esp
  return (
    <>
      <section class="card" aria-labelledby="provider-title">
        <h2 id="provider-title">{profile.name}</h2>
        <p class="verdict" data-verdict={state === 'admitted' ? 'good' : 'late'}>
          {state === 'admitted' ? <CheckIcon /> : state === 'applied' ? <WaitIcon /> : <WarnIcon />}
          <span>{say.states[state]}</span>
        </p>
        {remark !== undefined && (
          <p class="said">
            {say.operatorSays} <q>{remark}</q>
          </p>
        )}
        <p class="hint">
          {say.yourId}: <code>{espId}</code>
        </p>
        <h3>{say.stepsTitle}</h3>
        <ol class="way-on">
          <li>
            <a href="#keys">{say.steps.key}</a>
          </li>
          <li>
            <a href="#services">{say.steps.service}</a>
          </li>
          <li>
            <a href="#delivery">{say.steps.webhook}</a>
          </li>
          <li>{say.steps.sandbox}</li>
        </ol>
      </section>
      <Profile scene={scene} profile={profile} onChanged={onChanged} />
    </>
  )
}

function Profile({ scene, profile, onChanged }: { scene: Scene; profile: EspProfile; onChanged(): void }) {
  const { say } = scene
  const [isOpen, setOpen] = useState(false)
  const { fault, act } = useActs()

  async function change(wish: EspProfile): Promise<void> {
    if ((await act(() => sendJson<Esp>('/esp', wish, undefined, 'PUT'))) === undefined) return
    setOpen(false)
    scene.tell(say.saved)
    onChanged()
  }
  return (
    <section class="card" aria-labelledby="profile-title">
      <h2 id="profile-title">{say.profileTitle}</h2>
      {isOpen ? (
        <ProfileForm
          scene={scene}
          profile={profile}
          submit={say.save}
          onRead={wish => void change(wish)}
          onLeft={() => setOpen(false)}
        />
      ) : (
        <>
          <p>
            {[profile.name, profile.companyNumber, profile.country, profile.contact.eMail, profile.contact.url]
              .filter(part => part !== undefined)
              .join(', ')}
          </p>
          <p class="row">
            <button type="button" class="small quiet" onClick={() => setOpen(true)}>
              {say.edit}
            </button>
          </p>
        </>
      )}
      <ProblemLine scene={scene} fault={fault} />
    </section>
  )
}

interface ProfileFormProps {
  scene: Scene
  profile?: EspProfile
  submit: string
  onRead(profile: EspProfile): void
  onLeft?(): void
}

function ProfileForm({ scene, profile, submit, onRead, onLeft }: ProfileFormProps) {
  const { say } = scene
  return (
    <Form scene={scene} read={readProfile} onRead={onRead}>
      {faults => (
        <>
          <Field
            {...{ scene, faults, name: 'name', label: say.name, value: profile?.name ?? '' }}
            lengthMax={COMPANY_NAME_MAX}
          />
          <Field
            {...{ scene, faults, name: 'companyNumber', label: say.companyNumber, help: say.companyHelp }}
            value={profile?.companyNumber ?? ''}
            lengthMax={30}
          />
          <Field
            {...{ scene, faults, name: 'country', label: say.country, help: say.countryHelp }}
            value={profile?.country ?? 'BE'}
            lengthMax={2}
          />
          <Field
            {...{ scene, faults, name: 'contact.eMail', label: say.eMail, help: say.contactHelp, type: 'email' }}
            value={profile?.contact.eMail ?? ''}
            lengthMax={200}
          />
          <Field
            {...{ scene, faults, name: 'contact.url', label: say.url, type: 'url', isOptional: true }}
            value={profile?.contact.url ?? ''}
            lengthMax={500}
          />
          <p class="row">
            <button type="submit">{submit}</button>
            {onLeft !== undefined && (
              <button type="button" class="quiet" onClick={onLeft}>
                {say.cancel}
              </button>
            )}
          </p>
        </>
      )}
    </Form>
  )
}
