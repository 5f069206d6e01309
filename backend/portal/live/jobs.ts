// The questions the page asks the server again and again: each is wanted by some moment, asked once at a time, and asked
// again a while after a failure. Pure: the caller brings the time (this machine's, epoch ms).

const JOBS = ['points', 'latest', 'today', 'raw', 'minutes'] as const
export type Job = (typeof JOBS)[number]

interface JobState {
  dueAtMs: number | undefined
  isBusy: boolean
}
export type Jobs = { readonly [job in Job]: JobState }

const JOB_RETRY_MS = 10_000

export function quietJobs(): Jobs {
  const quiet = { dueAtMs: undefined, isBusy: false }
  return { points: quiet, latest: quiet, today: quiet, raw: quiet, minutes: quiet }
}

/** Wanted at `atMs` at the latest; an earlier wish stands. */
export function wantJob(jobs: Jobs, job: Job, atMs: number): Jobs {
  const { dueAtMs, isBusy } = jobs[job]
  return { ...jobs, [job]: { dueAtMs: Math.min(dueAtMs ?? atMs, atMs), isBusy } }
}

/** Marks what is due as busy and names it. */
export function startDueJobs(jobs: Jobs, nowMs: number): { jobs: Jobs; started: Job[] } {
  const started = JOBS.filter(job => !jobs[job].isBusy && (jobs[job].dueAtMs ?? Number.POSITIVE_INFINITY) <= nowMs)
  const marked = Object.fromEntries(started.map(job => [job, { dueAtMs: undefined, isBusy: true }]))
  return { jobs: started.length === 0 ? jobs : { ...jobs, ...marked }, started }
}

export function finishJob(jobs: Jobs, job: Job): Jobs {
  return { ...jobs, [job]: { ...jobs[job], isBusy: false } }
}

export function failJob(jobs: Jobs, job: Job, nowMs: number): Jobs {
  return wantJob(finishJob(jobs, job), job, nowMs + JOB_RETRY_MS)
}
