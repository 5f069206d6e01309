// The languages that the `nrt` command and the flashing page speak, and which one somebody gets who has not chosen.

export const LANGUAGES = ['nl', 'fr', 'de', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

/** The first of these tags (nl-BE, fr_BE.UTF-8) that is one of ours; English if none is. */
export function firstSpoken(tags: readonly string[]): Language {
  const wanted = tags.map(tag => tag.toLowerCase().split(/[-_.@]/)[0])
  return wanted.map(tag => LANGUAGES.find(one => one === tag)).find(one => one !== undefined) ?? 'en'
}

/** As POSIX has it: the first of LC_ALL, LC_MESSAGES and LANG that is set decides alone, also when it is C. */
export function languageOf(env: { [name: string]: string | undefined }): Language {
  return firstSpoken([env.LC_ALL || env.LC_MESSAGES || env.LANG || ''])
}
