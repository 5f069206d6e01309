// The portal's cookies: read one, write one. Scripts cannot read them, other sites cannot send them, and where the page comes over TLS they go
// over nothing else. What is done with a cookie also wants a word that only our own page can know (CSRF).

import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** An access key that was opened with its address. */
export const KEY_COOKIE = 'nrt_key'
/** A session of somebody who has signed in. */
export const SESSION_COOKIE = 'nrt_session'
/** The word against forged requests goes here. */
export const CSRF_HEADER = 'x-nrt-csrf'
const KEY_MAX_AGE_S = 30 * 86_400

export interface CookieWish {
  name: string
  /** '' takes it away. */
  value: string
  maxAgeS: number
  path?: string
  /** Lax: it also comes along when another site sends the browser here, as an identity service does. */
  sameSite?: 'Strict' | 'Lax'
}

export interface Cookies {
  read(request: FastifyRequest, name: string): string | undefined
  write(request: FastifyRequest, reply: FastifyReply, wish: CookieWish): void
}

/** `publicUrl` says whether people come over TLS, whatever stands in front; without it the request does. */
export function createCookies(publicUrl: string | undefined): Cookies {
  const isSecure = ({ protocol }: FastifyRequest): boolean => publicUrl?.startsWith('https:') ?? protocol === 'https'
  /** With this prefix browsers take it from this very server only, and over TLS only. */
  const nameOf = (request: FastifyRequest, name: string, path = '/'): string =>
    isSecure(request) && path === '/' ? `__Host-${name}` : name

  return {
    read({ headers: { cookie } }, name) {
      const pairs = cookie?.split(';').map(pair => pair.trim().split('=', 2)) ?? []
      return pairs.find(([shown]) => shown === name || shown === `__Host-${name}`)?.[1] || undefined
    },
    write(request, reply, { name, value, maxAgeS, path = '/', sameSite = 'Strict' }) {
      const secure = isSecure(request) ? '; Secure' : ''
      const age = value === '' ? 0 : maxAgeS
      const text = `${nameOf(request, name, path)}=${value}; Path=${path}; HttpOnly; SameSite=${sameSite}; Max-Age=${age}${secure}`
      void reply.header('set-cookie', text)
    },
  }
}

/** What has to come in CSRF_HEADER beside this cookie. Only who may read an answer of ours can know it. */
export function csrfOf(cookie: string): string {
  return createHash('sha256').update(`nrt csrf|${cookie}`, 'utf8').digest('base64url')
}

export function hasCsrf({ headers }: FastifyRequest, cookie: string): boolean {
  const shown = Buffer.from(String(headers[CSRF_HEADER] ?? ''))
  const wanted = Buffer.from(csrfOf(cookie))
  return shown.length === wanted.length && timingSafeEqual(shown, wanted)
}

/**
 * `GET /?key=…` moves the key out of the address into its cookie and goes on to `/` without it. The key is not checked here: a wrong one meets the
 * gate at the first request.
 */
export function keyToCookie(app: FastifyInstance, cookies: Cookies): void {
  app.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    const [path, query] = request.url.split('?', 2)
    if (path !== '/' || query === undefined || request.method !== 'GET') return
    const key = new URLSearchParams(query).get('key')
    if (key === null || !/^[\w-]{1,128}$/.test(key)) return
    cookies.write(request, reply, { name: KEY_COOKIE, value: key, maxAgeS: KEY_MAX_AGE_S })
    await reply.header('cache-control', 'no-store').redirect('/', 303)
  })
}
