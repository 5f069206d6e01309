// A household that accepts the terms of use over REST, with its access key: what its person does on the page before the first reading is shown. For
// the demo, and for tests whose subject comes after it.

import type { Backend } from '../backend/main.ts'

/** Throws an Error with the answer when the terms were not accepted. */
export async function acceptTerms({ app }: Pick<Backend, 'app'>, accessKey: string): Promise<void> {
  const headers = { authorization: `Bearer ${accessKey}` }
  const { version } = (await app.inject({ url: '/api/v1/terms', headers })).json()
  const payload = { version, language: 'nl', isAccepted: true }
  const answer = await app.inject({ method: 'POST', url: '/api/v1/terms/acceptance', headers, payload })
  if (answer.statusCode !== 200) throw new Error(`the terms were not accepted: ${answer.body}`)
}
