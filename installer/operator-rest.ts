// REST with an operator's key: from NRT_OPERATOR_KEY, never from an argument, which others on the machine could read. The address is
// NRT_URL's. What comes back is the API's words.

/** The backend's answer was no, in its own words; what was asked is as it was. */
export class Refused extends Error {}

/** Throws Refused, or Error when the question could not be asked. */
export async function askOperator<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
  const key = process.env.NRT_OPERATOR_KEY
  if (key === undefined) throw new Error('NRT_OPERATOR_KEY is not set')
  const response = await fetch(`${process.env.NRT_URL ?? 'http://127.0.0.1:8080'}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const answer = (await response.json()) as T & { title?: string; detail?: string; code?: string }
  if (response.ok) return answer
  throw new Refused(`${answer.title}${answer.detail === undefined ? '' : `: ${answer.detail}`} (${answer.code})`)
}

/** Does the work and gives the exit code: what it returns, 1 for no, 2 for a question that could not be asked. */
export async function guarded(command: string, work: () => number | Promise<number>): Promise<number> {
  try {
    return await work()
  } catch (error) {
    process.stderr.write(`${command}: ${(error as Error).message}\n`)
    return error instanceof Refused ? 1 : 2
  }
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
