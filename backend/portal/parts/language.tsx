// The language of a page: the one chosen here before, else the browser's; and the choice, as every banner has it.

import { useEffect, useState } from 'preact/hooks'
import { chooseLanguage, DICTIONARIES, LANGUAGES, type Language } from '../text/languages.ts'
import { remember, remembered } from './remember.ts'
import type { Words } from './words.ts'

/** The language, which is the document's too, and how to choose another. */
export function useLanguage(): [Language, (chosen: Language) => void] {
  const [language, setLanguage] = useState(() => chooseLanguage(remembered('language'), navigator.languages))
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const choose = (chosen: Language): void => {
    remember('language', chosen)
    setLanguage(chosen)
  }
  return [language, choose]
}

export function LanguageChoice({ words, onLanguage }: { words: Words; onLanguage(language: Language): void }) {
  return (
    <label class="choice">
      <span class="unseen">{words.say.language}</span>
      <select value={words.language} onChange={event => onLanguage(event.currentTarget.value as Language)}>
        {LANGUAGES.map(language => (
          <option key={language} value={language} lang={language}>
            {DICTIONARIES[language].name}
          </option>
        ))}
      </select>
    </label>
  )
}
