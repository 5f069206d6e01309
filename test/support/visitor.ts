// A person at the portal without a browser: keeps cookies as one would, follows redirects, fills in the identity service's form, and sends the word
// against forged requests with what changes something.

import type { InjectOptions, LightMyRequestResponse as Response } from 'fastify'
import type { Backend } from '../../backend/main.ts'

export const HERE = 'http://localhost'
export const PASSWORD = 'a sentence that nobody guesses'

export interface Visitor {
  cookies: Map<string, string>
  /** One request with its cookies; no redirect is followed. `csrf` false: without the word. */
  ask(method: string, url: string, body?: object, headers?: { [name: string]: string }): Promise<Response>
  /** Goes to /sign-in and through the form, back to the portal. Gives the last answer. */
  signIn(wish?: {
    login?: string
    password?: string
    isNew?: boolean
    isFresh?: boolean
  }): Promise<Response & { at: string }>
  /** GET with redirects, as a browser. */
  go(url: string): Promise<Response & { at: string }>
  post(url: string, fields: { [name: string]: string }): Promise<Response & { at: string }>
  csrf(): Promise<string>
}

let visitors = 0

export function visitorOf({ app }: Pick<Backend, 'app'>, acceptHtml = false): Visitor {
  const cookies = new Map<string, string>()
  // each from an address of their own: who guesses is held up by it
  const remoteAddress = `10.0.${visitors >> 8}.${visitors++ & 255}`
  const accept = acceptHtml ? 'text/html' : 'application/json'

  async function once(options: InjectOptions): Promise<Response> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { host: 'localhost', accept, ...(cookie === '' ? {} : { cookie }), ...options.headers }
    const answer = await app.inject({ remoteAddress, ...options, headers })
    for (const { name, value, maxAge, expires } of answer.cookies) {
      if (value === '' || maxAge === 0 || (expires !== undefined && expires.getTime() <= 0)) cookies.delete(name)
      else cookies.set(name, value)
    }
    return answer
  }

  async function follow(answer: Response, from: string): Promise<Response & { at: string }> {
    let [here, at] = [answer, from]
    for (let hops = 0; here.statusCode >= 300 && here.statusCode < 400; hops++) {
      if (hops === 10) throw new Error(`redirects in a circle at ${at}`)
      const to = new URL(String(here.headers.location), HERE + at)
      if (to.origin !== HERE) throw new Error(`sent to ${to.origin}`)
      at = to.pathname + to.search
      here = await once({ method: 'GET', url: at })
    }
    return Object.assign(here, { at })
  }

  async function go(url: string) {
    return follow(await once({ method: 'GET', url }), url)
  }

  async function post(url: string, fields: { [name: string]: string }) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const payload = new URLSearchParams(fields).toString()
    return follow(await once({ method: 'POST', url, headers, payload }), url)
  }

  async function csrf(): Promise<string> {
    return (await once({ method: 'GET', url: '/api/v1/session' })).json().person?.csrf ?? ''
  }

  return {
    cookies,
    go,
    post,
    csrf,
    async ask(method, url, body, headers = {}) {
      const word = method === 'GET' ? {} : { 'x-nrt-csrf': await csrf() }
      const payload = body === undefined ? {} : { payload: body }
      return once({ method: method as 'GET', url, headers: { ...word, ...headers }, ...payload })
    },
    async signIn({ login = 'anna', password = PASSWORD, isNew = false, isFresh = false } = {}) {
      const form = await go(`/sign-in${isFresh ? '?fresh=1' : ''}`)
      if (!form.at.startsWith('/id/in/')) return form
      return post(form.at, { kind: isNew ? 'new' : 'old', login, person: login, password })
    },
  }
}
