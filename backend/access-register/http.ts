// The access register of somebody else, over HTTP: the adapter for a market's system that speaks docs/access-register.md (this server's own
// REST does). What does not answer in time, answers too much or makes no sense is unreachable; nothing is guessed.

import { Compile } from 'typebox/compile'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import {
  type RegisterChanges,
  RegisterChangesSchema,
  RegisterEntriesSchema,
  type RegisterEntry,
} from '../../shared/schema/access-register.ts'
import type { AccessRegister, RegisterFault } from './access-register.ts'
import { tidied } from './entries.ts'

export interface HttpRegisterOptions {
  /** Of the register's routes, without a slash at the end; https outside a test. */
  baseUrl: string
  /** Sent as a Bearer token. */
  key: string
  timeoutMs?: number
}

const TIMEOUT_MS = 5000
const ANSWER_BYTES_MAX = 16_777_216

export function openHttpRegister({ baseUrl, key, timeoutMs = TIMEOUT_MS }: HttpRegisterOptions): AccessRegister {
  const entries = Compile(RegisterEntriesSchema)
  const changes = Compile(RegisterChangesSchema)

  return {
    async pointsOf(holderId) {
      const answer = await ask<{ items: RegisterEntry[] }>('/points-of', entries, { holderId })
      if (!answer.ok) return answer
      const { items } = answer.value
      // A register that answers for somebody else would bind a dongle to the wrong person's point.
      if (items.some(item => item.holderId !== holderId)) return unreachable('it answered for somebody else')
      return ok(items.map(tidied))
    },
    async changes(after, limit) {
      const query = new URLSearchParams({ after, limit: String(limit) })
      const answer = await ask<RegisterChanges>(`/changes?${query}`, changes)
      return answer.ok ? ok({ ...answer.value, items: answer.value.items.map(tidied) }) : answer
    },
  }

  async function ask<T>(
    path: string,
    schema: { Check(value: unknown): boolean },
    body?: object,
  ): Promise<Result<T, RegisterFault>> {
    try {
      const response = await fetch(`${baseUrl}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      })
      if (response.status !== 200) return unreachable(`status ${response.status}`)
      const value: unknown = JSON.parse(await bounded(response))
      return schema.Check(value) ? ok(value as T) : unreachable('an answer of another form')
    } catch (error) {
      return unreachable((error as Error).name)
    }
  }

  async function bounded(response: Response): Promise<string> {
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length
      if (bytes > ANSWER_BYTES_MAX) throw new RangeError('the answer is too long')
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  }
}

function unreachable(why: string): { ok: false; fault: RegisterFault } {
  return failed({ code: 'register.unreachable', why })
}
