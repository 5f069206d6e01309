// REST with an operator's key: from NRT_OPERATOR_KEY, never from an argument, which others on the machine could read. The address is
// NRT_URL's. A problem comes back as a refusal, in words of the reader's language.

import type { Command } from 'commander'
import { safeAddress } from './address.ts'
import { inWords, Trouble } from './flash/trouble.ts'
import { Refusal } from './refusal.ts'
import type { Language } from './text/language.ts'
import { isRefusalCode } from './text/say.ts'

/** Throws Refusal: the problem that it was answered with, operator.no-key, backend.bad-address or backend.unreachable. */
export async function askOperator<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
  const response = await ask(method, path, body)
  return (await response.json().catch(() => ({}))) as T
}

/** Every item of a list, page by page; throws as askOperator does. */
export async function* listOfOperator<T>(path: string): AsyncGenerator<T> {
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = new URLSearchParams({ limit: '200', ...(cursor === '' ? {} : { cursor }) })
    const page: { items: T[]; next: string | null } = await askOperator(
      'GET',
      `${path}${path.includes('?') ? '&' : '?'}${query}`,
    )
    yield* page.items
    cursor = page.next
  }
}

/** The data of each event of a stream, until it ends; throws as askOperator does. From `opened` on nothing is missed. */
export async function* followOperator(path: string, opened: () => void): AsyncGenerator<string> {
  const { body } = await ask('GET', path)
  opened()
  let rest = ''
  for await (const part of (body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
    const lines = (rest + part).split('\n')
    rest = lines.pop() as string
    for (const line of lines) if (line.startsWith('data: ')) yield line.slice('data: '.length)
  }
}

async function ask(method: 'GET' | 'POST', path: string, body?: object): Promise<Response> {
  const key = process.env.NRT_OPERATOR_KEY
  if (key === undefined) throw new Refusal('operator.no-key')
  const wanted = process.env.NRT_URL ?? 'http://127.0.0.1:8080'
  const url = safeAddress(wanted)
  if (url === undefined) throw new Refusal('backend.bad-address', { url: wanted })
  const unreachable = (why: string, cause?: unknown) =>
    new Refusal('backend.unreachable', { url, why }, undefined, cause)
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: Error) => {
    throw unreachable((error.cause as Error | undefined)?.message ?? error.message, error)
  })
  if (response.ok) return response
  const problem = (await response.json().catch(() => ({}))) as { title?: string; detail?: string; code?: string }
  const { code = '', title = '', detail } = problem
  if (isRefusalCode(code)) throw new Refusal(code, {}, detail)
  throw unreachable(code === '' ? `HTTP status ${response.status}` : `${title} (${code})`)
}

/** Does the work and gives the exit code: what it returns, 1 for no, 2 for a question that could not be asked. */
export async function guarded(command: Command, work: () => number | Promise<number>): Promise<number> {
  try {
    return await work()
  } catch (error) {
    process.stderr.write(`nrt ${command.name()}: ${sentencesOf(error as Error, languageOfCommand(command))}\n`)
    return error instanceof Refusal ? error.exitCode : 2
  }
}

/** That of --lang, which stands before or behind a command's own options. */
export function languageOfCommand(command: Command): Language {
  return command.optsWithGlobals<{ lang: Language }>().lang
}

function sentencesOf(error: Error, language: Language): string {
  const known = isFileFault(error) ? new Refusal('file.unreadable', { why: error.message }) : error
  if (known instanceof Refusal) return twoLines(known.inWords(language), known.code)
  if (known instanceof Trouble) return twoLines(inWords(known.code, known.facts, language), known.code)
  return known.message
}

function twoLines({ what, next }: { what: string; next: string }, code: string): string {
  return `${what} (${code})\n    ${next}`
}

function isFileFault(error: Error): boolean {
  return (error as NodeJS.ErrnoException).syscall !== undefined
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
