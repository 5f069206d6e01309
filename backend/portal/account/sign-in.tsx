// The way to the identity service, and what became of the last try.

import type { Words } from '../parts/words.ts'
import { signInProblemIn } from './problem.ts'

/** `isFresh`: the service asks again who it is, even if it knows. */
export function signInAddress(language: string, isFresh = false): string {
  const to = encodeURIComponent(location.pathname + location.hash)
  return `/sign-in?lang=${language}&to=${to}${isFresh ? '&fresh=1' : ''}`
}

/** `text`: what signing in is for, on this page. */
export function SignIn({ words, text = words.say.people.signInText }: { words: Words; text?: string }) {
  const say = words.say.people
  const problem = signInProblemIn(location.search)
  return (
    <section class="card notice" aria-labelledby="sign-in-title">
      <h2 id="sign-in-title">{say.signIn}</h2>
      {problem !== undefined && (
        <p class="help wrong" role="alert">
          {say.signInProblems[problem]}
        </p>
      )}
      <p>{text}</p>
      <p class="row">
        <a class="button" href={signInAddress(words.language)}>
          {say.signIn}
        </a>
      </p>
    </section>
  )
}
