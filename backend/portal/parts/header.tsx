// The banner of every page: whose data these are, and in which language.

import type { MeteringPoint } from '../api/types.ts'
import type { Language } from '../text/languages.ts'
import { LanguageChoice } from './language.tsx'
import type { Words } from './words.ts'

export type PageName = 'live' | 'sharing' | 'dongles' | 'data'

export const PAGES: readonly PageName[] = ['live', 'sharing', 'dongles', 'data']

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
        <h1>{page === 'live' ? say.pageTitle : say[page].title}</h1>
        {page === 'live' && <PointChoice words={words} points={points} pointId={pointId} onPoint={onPoint} />}
      </div>
      <nav aria-label={say.dongles.pages}>
        {PAGES.map(one => (
          <a key={one} class="way" href={`#${one}`} aria-current={one === page ? 'page' : undefined}>
            {one === 'live' ? say.dongles.back : say[one].link}
          </a>
        ))}
      </nav>
      <LanguageChoice words={words} onLanguage={onLanguage} />
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
