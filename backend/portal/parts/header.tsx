// The banner of every page: whose data these are, and in which language.

import type { MeteringPoint } from '../api/types.ts'
import type { Language } from '../text/languages.ts'
import { ActingBanner } from './acting.tsx'
import { LanguageChoice } from './language.tsx'
import type { Words } from './words.ts'

export type PageName = 'live' | 'dongles' | 'account'

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
  const titles = { live: say.pageTitle, dongles: say.dongles.title, account: say.people.title }
  return (
    <header class="banner">
      <a class="skip" href="#content">
        {say.skipToContent}
      </a>
      <div class="brand">
        <h1>{titles[page]}</h1>
        {page === 'live' && <PointChoice words={words} points={points} pointId={pointId} onPoint={onPoint} />}
      </div>
      <nav aria-label={say.dongles.pages}>
        {page === 'live' ? (
          <a class="way" href="#dongles">
            {say.dongles.link}
          </a>
        ) : (
          <a class="way" href="#live">
            {say.dongles.back}
          </a>
        )}
        {page !== 'account' && (
          <a class="way" href="#account">
            {say.people.link}
          </a>
        )}
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
