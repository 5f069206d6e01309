// The portal's cookies: read one, write one. Scripts cannot read them, other sites cannot send them, and where the page comes over TLS they go
// over nothing else.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** An access key that was opened with its address. */
export const KEY_COOKIE = 'nrt_key'
const KEY_MAX_AGE_S = 30 * 86_400

export function cookieOf({ headers: { cookie } }: FastifyRequest, name: string): string | undefined {
  return cookie
    ?.split(';')
    .map(pair => pair.trim())
    .find(pair => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1)
}

export interface CookieWish {
  name: string
  value: string
  maxAgeS: number
  path?: string
  /** Lax: it also comes along when another site sends the browser here, as an identity provider does. */
  sameSite?: 'Strict' | 'Lax'
}

export function cookieText(
  request: FastifyRequest,
  { name, value, maxAgeS, path = '/', sameSite = 'Strict' }: CookieWish,
): string {
  const secure = request.protocol === 'https' ? '; Secure' : ''
  return `${name}=${value}; Path=${path}; HttpOnly; SameSite=${sameSite}; Max-Age=${maxAgeS}${secure}`
}

/**
 * `GET /?key=…` moves the key out of the address into its cookie and goes on to `/` without it. The key is not checked here: a wrong one meets the
 * gate at the first request.
 */
export function keyToCookie(app: FastifyInstance): void {
  app.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    const [path, query] = request.url.split('?', 2)
    if (path !== '/' || query === undefined || request.method !== 'GET') return
    const key = new URLSearchParams(query).get('key')
    if (key === null || !/^[\w-]{1,128}$/.test(key)) return
    const cookie = cookieText(request, { name: KEY_COOKIE, value: key, maxAgeS: KEY_MAX_AGE_S })
    await reply.header('set-cookie', cookie).header('cache-control', 'no-store').redirect('/', 303)
  })
}
