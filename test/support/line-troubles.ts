// The words of docs/p1-line.md, read from its table: what a dongle may say of its line.

import { readFileSync } from 'node:fs'

const page = readFileSync(new URL('../../docs/p1-line.md', import.meta.url), 'utf8')

export const LINE_TROUBLES = [...page.matchAll(/^\| `([a-z]+)` \|/gm)].map(row => row[1] as string)
