// What a form's fields hold, read field by field: the text, and the first fault of each field. What an e-mail address and an address on the web are is as the
// server has it (shared/schema/catalogue.ts). Pure.

/** A form's values by name, as FormData has them. */
export interface Typed {
  get(name: string): unknown
  getAll(name: string): unknown[]
}

export type FormFault =
  | 'missing'
  | 'too-long'
  | 'company'
  | 'country'
  | 'none-ticked'
  | 'e-mail'
  | 'https'
  | 'amount'
  | 'currency'
  | 'period'
  | 'history'
  | 'every'
  | 'schedule'
  | 'lifetime'
  | 'time-alone'

export type FormFaults = Map<string, FormFault>

export type FormRead<T> = { ok: true; value: T } | { ok: false; faults: FormFaults }

export interface Reader {
  faults: FormFaults
  /** Without blanks around it; '' where there is no such field. */
  text(name: string): string
  wrong(name: string, fault: FormFault): void
  /** https, or left empty. */
  address(name: string): string
}

export function readerOf(typed: Typed): Reader {
  const faults: FormFaults = new Map()
  const text = (name: string): string => String(typed.get(name) ?? '').trim()
  const wrong = (name: string, fault: FormFault): void => {
    if (!faults.has(name)) faults.set(name, fault)
  }
  return {
    ...{ faults, text, wrong },
    address(name) {
      const read = text(name)
      if (read !== '' && !isHttps(read)) wrong(name, 'https')
      return read
    },
  }
}

/** Characters as the server counts them. */
export function lengthOfText(text: string): number {
  return [...text].length
}

export function isEMail(text: string): boolean {
  return lengthOfText(text) <= 200 && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)
}

function isHttps(text: string): boolean {
  return lengthOfText(text) <= 500 && /^https:\/\/[^\s/]+\.[^\s]+$/.test(text)
}
