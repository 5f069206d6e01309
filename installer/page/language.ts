// The page's language: the browser's first that is spoken here, or the one that was chosen on the page. What is said of a run already
// stays in the words in which it was said; the next step speaks the new ones.

import { firstSpoken, LANGUAGES, type Language } from '../text/language.ts'
import { NAMES, PAGE, type PageWord } from './text.ts'

/** Fills the page's own words and the switch; returns what tells the language of now. */
export function speak(): () => Language {
  const choice = document.getElementById('language') as HTMLSelectElement
  for (const one of LANGUAGES) {
    const option = new Option(NAMES[one], one)
    option.lang = one
    choice.append(option)
  }
  choice.value = firstSpoken(navigator.languages)
  const now = (): Language => choice.value as Language
  choice.addEventListener('change', () => fill(now()))
  fill(now())
  return now
}

function fill(language: Language): void {
  document.documentElement.lang = language
  document.title = PAGE[language].title
  for (const element of document.querySelectorAll<HTMLElement>('[data-word]')) {
    element.textContent = PAGE[language][element.dataset.word as PageWord]
  }
  document.getElementById('bar')?.setAttribute('aria-label', PAGE[language].progress)
}
