// What hawkBit's Direct Device Integration API (v1) says, as shapes: how a poll, a deployment and a cancellation look to a client, and what
// its feedback means to us. Pure; the routes (ddi-routes.ts) bring rows, hashes and addresses. hawkBit calls a dongle a controller.

import type { MemberState } from './members.ts'

export interface DdiMember {
  no: number
  state: MemberState
  code: string | null
}

export interface DdiArtifact {
  filename: string
  size: number
  hashes: { sha1: string; md5: string; sha256: string }
}

export const EXECUTIONS = [
  'closed',
  'proceeding',
  'canceled',
  'scheduled',
  'rejected',
  'resumed',
  'download',
  'downloaded',
] as const
export type Execution = (typeof EXECUTIONS)[number]
export const FINISHED = ['success', 'failure', 'none'] as const
export type Finished = (typeof FINISHED)[number]

/** The code of a member whose client has said that it took the cancellation. */
export const CANCELLED = 'cancelled'
/** The attribute in which a client says which version runs; the proof of a healthy start. */
export const VERSION_ATTRIBUTE = 'nrt.version'
const PART = 'bApp'
const NAME = 'nrt'

interface Link {
  href: string
}

/** `base` is the address of this controller, without a slash at its end. */
export function pollAnswer(base: string, sleepS: number, member: DdiMember | undefined, isKnown: boolean) {
  const links: { [name: string]: Link } = {}
  if (member?.state === 'given') links.deploymentBase = { href: `${base}/deploymentBase/${member.no}` }
  if (member !== undefined && isToBeCancelled(member))
    links.cancelAction = { href: `${base}/cancelAction/${member.no}` }
  if (member?.state === 'healthy') links.installedBase = { href: `${base}/installedBase/${member.no}` }
  // After an update it shall say what runs: only that is success.
  if (!isKnown || member?.state === 'begun') links.configData = { href: `${base}/configData` }
  return { config: { polling: { sleep: clockText(sleepS) } }, _links: links }
}

export function isToBeCancelled({ state, code }: DdiMember): boolean {
  return state === 'withdrawn' && code !== CANCELLED
}

/** HH:MM:SS, under a day. */
function clockText(seconds: number): string {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return parts.map(part => String(part).padStart(2, '0')).join(':')
}

export function deploymentAnswer(
  base: string,
  member: DdiMember,
  release: { no: number; name: string },
  artifacts: DdiArtifact[],
) {
  const chunk = {
    part: PART,
    version: release.name,
    name: NAME,
    artifacts: artifactsAnswer(base, release.no, artifacts),
  }
  return { id: String(member.no), deployment: { download: 'forced', update: 'forced', chunks: [chunk] } }
}

/** hawkBit names the links by the protocol: without TLS they end in -http. */
export function artifactsAnswer(base: string, moduleId: number, artifacts: DdiArtifact[]) {
  const ending = base.startsWith('https:') ? '' : '-http'
  return artifacts.map(artifact => {
    const href = `${base}/softwaremodules/${moduleId}/artifacts/${artifact.filename}`
    return { ...artifact, _links: { [`download${ending}`]: { href }, [`md5sum${ending}`]: { href: `${href}.MD5SUM` } } }
  })
}

export function cancelAnswer(member: DdiMember) {
  return { id: String(member.no), cancelAction: { stopId: String(member.no) } }
}

/**
 * The state of a member after feedback on its deployment. closed and success is not success here: some clients say so before they restart
 * (hawkBit would count it); it is begun until the client says what runs.
 */
export function afterDeploymentFeedback(state: MemberState, execution: Execution, finished: Finished): MemberState {
  if (state !== 'given') return state
  if (execution === 'canceled') return 'withdrawn'
  if (execution !== 'closed') return state
  return finished === 'failure' ? 'failed' : 'begun'
}

/** What a client says to a cancellation: taken, or too late, and then it goes on. undefined: nothing yet. */
export function afterCancelFeedback(execution: Execution, finished: Finished): 'cancelled' | 'goes-on' | undefined {
  if (execution === 'rejected' || (execution === 'closed' && finished === 'failure')) return 'goes-on'
  return execution === 'closed' || execution === 'canceled' ? 'cancelled' : undefined
}

export type ByteRange = { from: number; to: number } | 'all' | 'none'

/** One range of RFC 9110, section 14: first and last byte, inclusive. all: no range asked, or one of a form that may be passed over. none: outside. */
export function rangeOf(header: string | undefined, size: number): ByteRange {
  const [, first, last] = /^bytes=([0-9]{0,10})-([0-9]{0,10})$/.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return 'all'
  if (first === '') return Number(last) === 0 ? 'none' : { from: Math.max(0, size - Number(last)), to: size - 1 }
  const from = Number(first)
  const to = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < from) return 'all'
  return from >= size ? 'none' : { from, to }
}
