// Which ESP a request is for: the machine's own, or the one that the calling person looks after.

import type { FastifyRequest } from 'fastify'
import { Problem } from '../problem.ts'

/** Throws Problem esp.unknown for who looks after none. Of several it is the first. */
export function espIdOf({ caller }: Pick<FastifyRequest, 'caller'>): string {
  if (caller.kind === 'machine') return caller.espId
  const espId = caller.kind === 'person' ? caller.espIds[0] : undefined
  if (espId === undefined) throw new Problem('esp.unknown')
  return espId
}
