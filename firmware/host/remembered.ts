// The last few answers of a costly function of one text: a dongle boots the same two or three scripts again and again, and a house of
// dongles the same as each other.

import { keepLatest } from '../../shared/kernel/keep-latest.ts'

const KEPT_MAX = 16

export function remembering<Made>(make: (text: string) => Made): (text: string) => Made {
  const known = new Map<string, Made>()
  return text => {
    const made = known.has(text) ? (known.get(text) as Made) : make(text)
    keepLatest(known, text, made, KEPT_MAX)
    return made
  }
}
