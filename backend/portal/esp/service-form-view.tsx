// The form that describes a service in four languages, with its price and its data need.

import { FIELD_WORDS } from '../../../shared/reading/field-words.ts'
import { FIELD_NAMES } from '../../../shared/reading/fields.ts'
import type { Service, ServiceText } from '../api/types.ts'
import { LANGUAGES } from '../text/languages.ts'
import type { Scene } from './acting.tsx'
import { Choice, Field, type FieldsProps, Form, Four, Length, Ticks } from './fields.tsx'
import { CATEGORIES, inUnits, NAME_MAX, PRICE_TEXT_MAX, PURPOSE_MAX, readService, SUMMARY_MAX } from './service-form.ts'

interface ServiceFormProps {
  scene: Scene
  /** The newest version of a service there is. */
  before: Service | undefined
  /** Where customers of this ESP turn to. */
  eMail: string
  onRead(text: ServiceText): void
  onLeft(): void
}

export function ServiceForm({ scene, before, eMail, onRead, onLeft }: ServiceFormProps) {
  const { say } = scene
  const text = before?.text ?? emptyText(eMail)
  const isNextVersion = before?.state === 'published' || before?.state === 'withdrawn'
  return (
    <section class="card" aria-labelledby="form-title">
      <h2 id="form-title">{say.formTitle}</h2>
      {isNextVersion && <p class="hint">{say.newVersionText}</p>}
      <Form scene={scene} read={readService} onRead={onRead}>
        {faults => (
          <>
            <About scene={scene} faults={faults} text={text} />
            <Price scene={scene} faults={faults} text={text} />
            <Need scene={scene} faults={faults} text={text} />
            <p class="row">
              <button type="submit">{say.saveDraft}</button>
              <button type="button" class="quiet" onClick={onLeft}>
                {say.cancel}
              </button>
            </p>
          </>
        )}
      </Form>
    </section>
  )
}

interface PartProps extends FieldsProps {
  text: ServiceText
}

function About({ scene, faults, text }: PartProps) {
  const { say, words } = scene
  const categories = CATEGORIES.map(one => [one, words.say.sharing.categories[one]] as const)
  return (
    <>
      <Four {...{ scene, faults, name: 'name', legend: say.serviceName, values: text.name }} lengthMax={NAME_MAX} />
      <Four
        {...{ scene, faults, name: 'summary', legend: say.summary, values: text.summary, rows: 3 }}
        lengthMax={SUMMARY_MAX}
      />
      <Choice {...{ name: 'category', label: say.category, names: categories, chosen: text.category }} />
      <Ticks
        {...{ scene, faults, name: 'kinds', legend: say.kinds, names: pairs(say.kindNames), ticked: text.kinds }}
      />
      <Ticks
        {...{ scene, faults, name: 'channels', legend: say.channels, names: pairs(say.channelNames) }}
        ticked={text.channels}
      />
      <fieldset>
        <legend>{say.contact}</legend>
        <Field
          {...{ scene, faults, name: 'contact.eMail', label: say.eMail, type: 'email', help: say.contactHelp }}
          value={text.contact.eMail}
          lengthMax={200}
        />
        <Field
          {...{ scene, faults, name: 'contact.url', label: say.url, type: 'url', isOptional: true }}
          value={text.contact.url ?? ''}
          lengthMax={500}
        />
        <Field
          {...{ scene, faults, name: 'privacyPolicy', label: say.privacyPolicy, type: 'url', help: say.privacyHelp }}
          value={text.privacyPolicy ?? ''}
          lengthMax={500}
        />
      </fieldset>
    </>
  )
}

function Price({ scene, faults, text: { price } }: PartProps) {
  const { say } = scene
  return (
    <fieldset>
      <legend>{say.price}</legend>
      <Choice {...{ name: 'price.per', label: say.per, names: pairs(say.pers), chosen: price.per }} />
      <Field
        {...{ scene, faults, name: 'price.amount', label: say.amount, help: say.amountHelp, inputMode: 'decimal' }}
        value={price.per === 'free' ? '' : inUnits(price.amountCents)}
        lengthMax={9}
      />
      <Field {...{ scene, faults, name: 'price.currency', label: say.currency, value: price.currency, lengthMax: 3 }} />
      <Four
        {...{ scene, faults, name: 'price.text', legend: say.priceText, values: price.text, rows: 2 }}
        lengthMax={PRICE_TEXT_MAX}
      />
    </fieldset>
  )
}

function Need({ scene, faults, text: { need } }: PartProps) {
  const { say, words } = scene
  const at = LANGUAGES.indexOf(words.language)
  const fields = FIELD_NAMES.map(field => [field, FIELD_WORDS[field][at] ?? field] as const)
  return (
    <fieldset>
      <legend>{say.need}</legend>
      <p class="hint">{say.needHelp}</p>
      <Four
        {...{ scene, faults, name: 'need.purpose', legend: say.purpose, values: need.purpose, rows: 2 }}
        lengthMax={PURPOSE_MAX}
      />
      <Ticks {...{ scene, faults, name: 'need.fields', legend: say.fields, names: fields, ticked: need.fields }} />
      <Choice {...{ name: 'need.ean', label: say.ean, names: pairs(say.eans), chosen: need.needsEan ? 'yes' : 'no' }} />
      <Length
        {...{ scene, faults, name: 'need.period', label: say.period, seconds: need.periodS, help: say.periodHelp }}
      />
      <Choice
        {...{ name: 'need.aggregation', label: say.aggregation, names: pairs(say.aggregations) }}
        chosen={need.aggregation}
      />
      <Length {...{ scene, faults, name: 'need.every', label: say.every, seconds: need.everyS, help: say.everyHelp }} />
      <Length
        {...{ scene, faults, name: 'need.history', label: say.history, seconds: need.historyS, help: say.historyHelp }}
      />
      <Length
        {...{ scene, faults, name: 'need.lifetime', label: say.lifetime, seconds: need.lifetimeS }}
        help={say.lifetimeHelp}
      />
    </fieldset>
  )
}

function pairs<Name extends string>(names: { [name in Name]: string }): [Name, string][] {
  return Object.entries(names) as [Name, string][]
}

/** What a new form begins with: nothing is ticked that somebody would have to take away again. */
function emptyText(eMail: string): ServiceText {
  const empty = { nl: '', fr: '', de: '', en: '' }
  return {
    ...{ name: empty, summary: empty, category: 'energy-optimisation', kinds: [], channels: [], contact: { eMail } },
    price: { currency: 'EUR', amountCents: 0, per: 'free', text: empty },
    need: {
      ...{ purpose: empty, fields: [], periodS: 60, aggregation: 'mean' },
      ...{ historyS: 0, everyS: 0, lifetimeS: 365 * 86_400 },
    },
  }
}
