// The shape of a language of staff's pages: that of the English words. A language that misses one does not compile.

import type { en } from './en.ts'

export type StaffWords = typeof en
export type StaffProblem = keyof StaffWords['problems']
