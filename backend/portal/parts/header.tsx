// The banner of every page: whose data these are, and in which language.

import type { MeteringPoint } from '../api/types.ts'
import type { Language } from '../text/languages.ts'
import { ActingBanner } from './acting.tsx'
import { LanguageChoice } from './language.tsx'
import type { Words } from './words.ts'

export type PageName = 'live' | 'sharing' | 'dongles' | 'data' | 'account'

export const PAGES: readonly PageName[] = ['live', 'sharing', 'dongles', 'data', 'account']

/** What a page calls itself and the way to it. */
function wordsOf(page: Exclude<PageName, 'live'>, { say }: Words): { title: string; link: string } {
  return page === 'account' ? say.people : say[page]
}

export function titleOfPage(page: PageName, words: Words): string {
  return page === 'live' ? words.say.pageTitle : wordsOf(page, words).title
}

interface HeaderProps {
  words: Words
  page: PageName
  points: MeteringPoint[]
  pointId: string | undefined
  onLanguage(language: Language): void
  onPoint(pointId: string): void
}

export function Header({ words, page, points, pointId, onLanguage, onPoint }: HeaderProps) {
  const { say } = words
  return (
    <header class="banner">
      <a class="skip" href="#content">
        {say.skipToContent}
      </a>
      <div class="brand">
        <h1>{titleOfPage(page, words)}</h1>
        {page === 'live' && <PointChoice words={words} points={points} pointId={pointId} onPoint={onPoint} />}
      </div>
      <nav aria-label={say.dongles.pages}>
        {PAGES.map(one => (
          <a key={one} class="way" href={`#${one}`} aria-current={one === page ? 'page' : undefined}>
            {one === 'live' ? say.dongles.back : wordsOf(one, words).link}
          </a>
        ))}
      </nav>
      <LanguageChoice words={words} onLanguage={onLanguage} />
      <ActingBanner words={words} />
    </header>
  )
}

function PointChoice({ words, points, pointId, onPoint }: Omit<HeaderProps, 'onLanguage' | 'page'>) {
  const { say } = words
  const nameOf = (point: MeteringPoint) => point.name ?? say.eanEnding(point.ean.slice(-4))
  if (points.length > 1) {
    return (
      <label class="choice point">
        <span class="unseen">{say.meteringPoint}</span>
        <select value={pointId} onChange={event => onPoint(event.currentTarget.value)}>
          {points.map(point => (
            <option key={point.id} value={point.id}>
              {nameOf(point)}
            </option>
          ))}
        </select>
      </label>
    )
  }
  return <p class="point">{points[0] === undefined ? say.productLine : nameOf(points[0])}</p>
}
