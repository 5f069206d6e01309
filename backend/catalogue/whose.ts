// Which ESP a request is for: the machine's own, or the one that the calling person looks after.

import type { FastifyRequest } from 'fastify'
import { Problem } from '../problem.ts'
import type { Esps } from './esps.ts'

/** Throws Problem esp.unknown. */
export async function espIdOf(
  esps: Esps,
  { caller, accountNo }: Pick<FastifyRequest, 'caller' | 'accountNo'>,
): Promise<string> {
  if (caller.kind === 'machine') return caller.espId
  const esp = await esps.ofAccount(accountNo)
  if (esp === undefined) throw new Problem('esp.unknown')
  return esp.espId
}
