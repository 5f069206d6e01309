// The last few answers of a costly function of one text.

import { keepLatest } from './keep-latest.ts'

/** As `make`, which is asked again only for what is not among the `most` texts that were asked for last. */
export function remembering<Made>(make: (text: string) => Made, most: number): (text: string) => Made {
  const known = new Map<string, Made>()
  return text => {
    const made = known.has(text) ? (known.get(text) as Made) : make(text)
    keepLatest(known, text, made, most)
    return made
  }
}
