// The banner of every page: whose data these are, and in which language.

import type { MeteringPoint } from '../api/types.ts'
import { DICTIONARIES, LANGUAGES, type Language } from '../text/languages.ts'
import type { Words } from './words.ts'

interface HeaderProps {
  words: Words
  points: MeteringPoint[]
  pointId: string | undefined
  onLanguage(language: Language): void
  onPoint(pointId: string): void
}

export function Header({ words, points, pointId, onLanguage, onPoint }: HeaderProps) {
  const { say } = words
  return (
    <header class="banner">
      <a class="skip" href="#content">
        {say.skipToContent}
      </a>
      <div class="brand">
        <h1>{say.pageTitle}</h1>
        <PointChoice words={words} points={points} pointId={pointId} onPoint={onPoint} />
      </div>
      <label class="choice">
        <span class="unseen">{say.language}</span>
        <select value={words.language} onChange={event => onLanguage(event.currentTarget.value as Language)}>
          {LANGUAGES.map(language => (
            <option key={language} value={language} lang={language}>
              {DICTIONARIES[language].name}
            </option>
          ))}
        </select>
      </label>
    </header>
  )
}

function PointChoice({ words, points, pointId, onPoint }: Omit<HeaderProps, 'onLanguage'>) {
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
