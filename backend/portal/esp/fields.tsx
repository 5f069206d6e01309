// The fields of the ESP's forms: label, entry, and below it what helps or what is wrong. Forms are read when they are sent (form.ts); what was typed stays in
// the page until then, whatever language is chosen meanwhile.

import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { LANGUAGES } from '../text/languages.ts'
import type { Scene } from './acting.tsx'
import type { FormFaults, FormRead, Typed } from './form.ts'
import { inUnit, LENGTH_UNITS, type LengthUnit } from './service-form.ts'

export interface FieldsProps {
  scene: Scene
  faults: FormFaults
}

interface FieldProps extends FieldsProps {
  name: string
  label: string
  value: string
  help?: string
  lengthMax: number
  /** Of several lines. */
  rows?: number
  type?: 'text' | 'email' | 'url'
  inputMode?: 'decimal' | 'numeric'
  /** Of what is typed. */
  lang?: string
  isOptional?: boolean
}

export function Field({ scene: { say }, faults, name, label, value, help, lengthMax, rows, ...more }: FieldProps) {
  const { type = 'text', inputMode, lang, isOptional = false } = more
  const { id, fault, described } = marksOf(faults, name, help)
  const common = { id, name, maxLength: lengthMax, lang, 'aria-invalid': fault !== undefined, ...described }
  return (
    <div class="entry">
      <label for={id}>
        {label} {isOptional && <small>{say.optional}</small>}
      </label>
      {rows === undefined ? (
        <input {...common} type={type} inputMode={inputMode} defaultValue={value} />
      ) : (
        <textarea {...common} rows={rows} defaultValue={value} />
      )}
      <Below say={say} faults={faults} name={name} help={help} />
    </div>
  )
}

interface FourProps extends FieldsProps {
  name: string
  legend: string
  values: { nl: string; fr: string; de: string; en: string }
  lengthMax: number
  rows?: number
}

/** One text in each of the four languages. */
export function Four({ legend, name, values, scene, ...rest }: FourProps) {
  return (
    <fieldset class="four">
      <legend>{legend}</legend>
      {LANGUAGES.map(language => (
        <Field
          key={language}
          {...rest}
          scene={scene}
          name={`${name}.${language}`}
          label={scene.say.languages[language]}
          value={values[language]}
          lang={language}
        />
      ))}
    </fieldset>
  )
}

interface TicksProps<Name extends string> extends FieldsProps {
  name: string
  legend: string
  names: readonly (readonly [Name, string])[]
  ticked: readonly Name[]
}

export function Ticks<Name extends string>({ scene, faults, name, legend, names, ticked }: TicksProps<Name>) {
  const { fault, described } = marksOf(faults, name, undefined)
  return (
    <fieldset class="ticks">
      <legend>{legend}</legend>
      {names.map(([one, label]) => (
        <label key={one} class="tick">
          <input
            type="checkbox"
            name={name}
            value={one}
            defaultChecked={ticked.includes(one)}
            aria-invalid={fault !== undefined}
            {...described}
          />
          {label}
        </label>
      ))}
      <Below say={scene.say} faults={faults} name={name} />
    </fieldset>
  )
}

interface ChoiceProps<Name extends string> {
  name: string
  label: string
  names: readonly (readonly [Name, string])[]
  chosen: Name
}

export function Choice<Name extends string>({ name, label, names, chosen }: ChoiceProps<Name>) {
  const id = `field-${name}`
  return (
    <div class="entry">
      <label for={id}>{label}</label>
      <Select id={id} name={name} names={names} chosen={chosen} />
    </div>
  )
}

function Select<Name extends string>(props: Omit<ChoiceProps<Name>, 'label'> & { id: string; label?: string }) {
  const { id, name, names, chosen, label } = props
  return (
    <select id={id} name={name} aria-label={label}>
      {names.map(([one, text]) => (
        <option key={one} value={one} selected={one === chosen}>
          {text}
        </option>
      ))}
    </select>
  )
}

interface LengthProps extends FieldsProps {
  name: string
  label: string
  seconds: number
  help: string
}

/** A length of time, with its unit. */
export function Length({ scene: { say }, faults, name, label, seconds, help }: LengthProps) {
  const { id, fault, described } = marksOf(faults, name, help)
  const { count, unit } = inUnit(seconds)
  const units = (Object.keys(LENGTH_UNITS) as LengthUnit[]).reverse().map(one => [one, say.units[one]] as const)
  return (
    <div class="entry">
      <label for={id}>{label}</label>
      <div class="length">
        <input
          {...{ id, name }}
          inputMode="numeric"
          maxLength={8}
          defaultValue={String(count)}
          aria-invalid={fault !== undefined}
          {...described}
        />
        <Select id={`${id}-unit`} name={`${name}.unit`} names={units} chosen={unit} label={say.unit(label)} />
      </div>
      <Below say={say} faults={faults} name={name} help={help} />
    </div>
  )
}

function marksOf(faults: FormFaults, name: string, help: string | undefined) {
  const fault = faults.get(name)
  const isDescribed = fault !== undefined || help !== undefined
  return { id: `field-${name}`, fault, described: isDescribed ? { 'aria-describedby': `field-${name}-help` } : {} }
}

interface BelowProps {
  say: Scene['say']
  faults: FormFaults
  name: string
  help?: string | undefined
}

function Below({ say, faults, name, help }: BelowProps) {
  const fault = faults.get(name)
  if (fault === undefined && help === undefined) return null
  return (
    <p id={`field-${name}-help`} class={fault === undefined ? 'help' : 'help wrong'}>
      {fault === undefined ? help : say.formFaults[fault]}
    </p>
  )
}

interface FormProps<T> {
  scene: Scene
  read(typed: Typed): FormRead<T>
  onRead(value: T): void
  children(faults: FormFaults): ComponentChildren
}

/** Sends nothing while a field is wrong; the first that is gets the focus. */
export function Form<T>({ scene, read, onRead, children }: FormProps<T>) {
  const [faults, setFaults] = useState<FormFaults>(new Map())
  const form = useRef<HTMLFormElement>(null)
  useLayoutEffect(() => {
    if (faults.size > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [faults])
  return (
    <form
      noValidate
      ref={form}
      onSubmit={event => {
        event.preventDefault()
        const typed = read(new FormData(event.currentTarget))
        setFaults(typed.ok ? new Map() : typed.faults)
        if (typed.ok) onRead(typed.value)
      }}
    >
      {children(faults)}
      <p class="help wrong" role="status">
        {faults.size === 0 ? '' : scene.say.formWrong(scene.words.format.whole(faults.size))}
      </p>
    </form>
  )
}
