// The embedded identity service's page as HTML: a form, without scripts, so that it works where nothing else does. What people typed is escaped.

import { SIGN_IN_WORDS, type SignInLanguage, type SignInWords } from './words.ts'

export interface SignInPage {
  language: SignInLanguage
  isNew: boolean
  /** Where the form goes. */
  action: string
  fault?: keyof SignInWords['faults']
  login?: string
  person?: string
}

export function signInPage({ language, isNew, action, fault, login = '', person = '' }: SignInPage): string {
  const say = SIGN_IN_WORDS[language]
  const wrong = fault === undefined ? '' : `<p class="wrong" role="alert">${say.faults[fault]}</p>`
  const other = isNew ? `<a href="${action}">${say.toOld}</a>` : `<a href="${action}?new=1">${say.toNew}</a>`
  const fields = isNew
    ? `${field('person', say.person, 'text', 'name', person, true)}
       ${field('login', say.login, 'text', 'username', login, true)}
       ${field('password', say.password, 'password', 'new-password', '', true, say.passwordHelp)}`
    : `${field('login', say.login, 'text', 'username', login, false)}
       ${field('password', say.password, 'password', 'current-password', '', true, say.keyHelp)}`
  return htmlOf(
    language,
    isNew ? say.newTitle : say.title,
    `${wrong}<form method="post" action="${action}">
      <input type="hidden" name="kind" value="${isNew ? 'new' : 'old'}">${fields}
      <button type="submit">${isNew ? say.newSubmit : say.submit}</button>
    </form><p>${other}</p><p><a href="${action}/leave">${say.back}</a></p>`,
  )
}

export function overPage(language: SignInLanguage): string {
  const say = SIGN_IN_WORDS[language]
  return htmlOf(language, say.title, `<p class="wrong" role="alert">${say.over}</p><p><a href="/">nrt</a></p>`)
}

function field(
  name: string,
  label: string,
  type: string,
  autocomplete: string,
  value: string,
  isRequired: boolean,
  help?: string,
): string {
  const described = help === undefined ? '' : ` aria-describedby="${name}-help"`
  return `<label for="${name}">${label}</label>
    <input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" autocapitalize="off" spellcheck="false" maxlength="200"
      value="${escaped(value)}"${isRequired ? ' required' : ''}${described}>
    ${help === undefined ? '' : `<p class="help" id="${name}-help">${help}</p>`}`
}

function htmlOf(language: SignInLanguage, title: string, body: string): string {
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} · nrt</title>
    <link rel="stylesheet" href="/id/page.css"></head><body><main><h1>${title}</h1>${body}</main></body></html>`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, one => `&#${one.charCodeAt(0)};`)
}

/** The portal's colours, by hand: this page has none of its files. */
export const PAGE_CSS = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { margin: 0; display: grid; justify-items: center; background: light-dark(#f5f7f8, #11181c); color: light-dark(#14212b, #e8eef2) }
main { box-sizing: border-box; width: min(26rem, 100%); padding: 2rem 1rem }
h1 { font-size: 1.5rem }
form { display: grid; gap: .25rem }
label { font-weight: 600; margin-top: .75rem }
input { font: inherit; padding: .6rem; border: 1px solid light-dark(#5b6b76, #93a4b0); border-radius: .4rem; background: light-dark(#fff, #1a242a); color: inherit }
button { font: inherit; font-weight: 600; margin-top: 1.25rem; padding: .7rem; border: 0; border-radius: .4rem; background: #0b5c8a; color: #fff }
:focus-visible { outline: 3px solid light-dark(#0b5c8a, #7cc4ee); outline-offset: 2px }
a { color: light-dark(#0b5c8a, #7cc4ee) }
.help { margin: .25rem 0 0; font-size: .875rem }
.wrong { padding: .6rem; border-left: 4px solid #b3261e; background: light-dark(#fdeceb, #3a1f1d) }
`
