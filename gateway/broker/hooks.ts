// What a broker elsewhere may ask before it lets a client in (EMQX: HTTP authentication and authorisation, or any broker with such hooks):
// a dongle by the password of its CONNECT, for its own two topics; the gateways by their user name. Whatever is not allowed is denied, also
// when the directory does not answer. The mark is not moved here: that is the hello's, which a gateway sees.

import { createHash, timingSafeEqual } from 'node:crypto'
import { isDongleId } from '../../shared/kernel/ids.ts'
import { downTopic, parseTopic, upTopic } from '../../shared/session/topics.ts'
import type { Authenticator } from '../authenticate.ts'
import type { Refusal } from '../refusal.ts'

export interface Hooks {
  /** Of a request with the hook's key: the answer's body; undefined where there is no such hook. */
  answer(path: string, authorization: string | undefined, body: string): Promise<HookAnswer | undefined>
}

export interface HookAnswer {
  status: number
  body: object
}

export interface HookOptions {
  key: string
  authenticator: Authenticator
  /** How gateways sign in at that broker. */
  gateway: { user: string | undefined; password: string | undefined; filter: string }
  refused(reason: Refusal): void
  /** Somebody has asked with another key, for the first time: a broker whose configuration is not this gateway's would let nobody in. */
  keyWrong(): void
}

interface Rule {
  permission: 'allow' | 'deny'
  action: 'publish' | 'subscribe' | 'all'
  topic: string
}

type Asked = { [field: string]: unknown }

/** Longer than any request of a broker that asks what its configuration says. */
export const HOOK_BODY_BYTES_MAX = 4096

const DENY = { result: 'deny', is_superuser: false }
const NOTHING_ELSE: Rule = { permission: 'deny', action: 'all', topic: '#' }
const UP_OF_ALL = 'nrt/1/+/up'

export function createHooks({ key, authenticator, gateway, refused, keyWrong }: HookOptions): Hooks {
  const bearer = digest(`Bearer ${key}`)
  let isKeyWrongSaid = false

  async function authenticate(asked: Asked): Promise<object> {
    const { clientid, username, password } = texts(asked, 'clientid', 'username', 'password')
    if (isGateway(username) && isSame(password, gateway.password as string)) return allow(rulesOfGateways())
    const reason = await whyNot(clientid, username, password)
    if (reason === undefined) return allow(rulesOf(clientid))
    refused(reason)
    return DENY
  }

  async function whyNot(clientId: string, user: string, password: string): Promise<Refusal | undefined> {
    if (!isDongleId(clientId) || user !== clientId) return isGateway(user) ? 'bad-password' : 'bad-client-id'
    try {
      return await authenticator.checkPassword(clientId, password)
    } catch {
      return 'directory-failing'
    }
  }

  function authorize(asked: Asked): object {
    const { clientid, username, topic, action } = texts(asked, 'clientid', 'username', 'topic', 'action')
    const isAllowed = isGateway(username)
      ? isOfGateways(action, topic)
      : isDongleId(clientid) && username === clientid && topic === ownTopic(clientid, action)
    if (isAllowed) return { result: 'allow' }
    refused(action === 'subscribe' ? 'foreign-subscription' : 'foreign-topic')
    return { result: 'deny' }
  }

  function withoutKey(): HookAnswer {
    refused('hook-key')
    if (!isKeyWrongSaid) keyWrong()
    isKeyWrongSaid = true
    return { status: 401, body: { code: 'hook.key' } }
  }

  function isGateway(user: string): boolean {
    return gateway.user !== undefined && gateway.password !== undefined && user === gateway.user
  }

  /** A broker may ask with the filter as it was subscribed, or without what makes it a shared one. */
  function isOfGateways(action: string, topic: string): boolean {
    if (action === 'subscribe') return topic === gateway.filter || topic === UP_OF_ALL
    return action === 'publish' && parseTopic(topic)?.direction === 'down'
  }

  function rulesOfGateways(): Rule[] {
    return [
      { permission: 'allow', action: 'subscribe', topic: `eq ${UP_OF_ALL}` },
      { permission: 'allow', action: 'subscribe', topic: `eq ${gateway.filter}` },
      { permission: 'allow', action: 'publish', topic: 'nrt/1/+/down' },
      NOTHING_ELSE,
    ]
  }

  return {
    async answer(path, authorization, body) {
      if (path !== '/broker/authenticate' && path !== '/broker/authorize') return undefined
      if (!timingSafeEqual(digest(authorization ?? ''), bearer)) return withoutKey()
      const asked = askedIn(body)
      if (asked === undefined) return { status: 200, body: DENY }
      return { status: 200, body: path === '/broker/authenticate' ? await authenticate(asked) : authorize(asked) }
    },
  }
}

function allow(acl: Rule[]): object {
  return { result: 'allow', is_superuser: false, acl }
}

function rulesOf(dongleId: string): Rule[] {
  return [
    { permission: 'allow', action: 'publish', topic: `eq ${upTopic(dongleId)}` },
    { permission: 'allow', action: 'subscribe', topic: `eq ${downTopic(dongleId)}` },
    NOTHING_ELSE,
  ]
}

function ownTopic(dongleId: string, action: string): string | undefined {
  if (action === 'publish') return upTopic(dongleId)
  return action === 'subscribe' ? downTopic(dongleId) : undefined
}

function askedIn(body: string): Asked | undefined {
  try {
    const asked: unknown = JSON.parse(body)
    return typeof asked === 'object' && asked !== null ? (asked as Asked) : undefined
  } catch {
    return undefined
  }
}

function texts<Name extends string>(asked: Asked, ...names: Name[]): { [name in Name]: string } {
  const found = names.map(name => [name, typeof asked[name] === 'string' ? asked[name] : ''])
  return Object.fromEntries(found) as { [name in Name]: string }
}

function isSame(text: string, other: string): boolean {
  return timingSafeEqual(digest(text), digest(other))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
