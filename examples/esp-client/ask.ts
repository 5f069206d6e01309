// One request and its whole answer, as fetch() would, but with the machine's certificate, which fetch() cannot show.

import { type IncomingMessage, request as overPlain } from 'node:http'
import { request as overTls } from 'node:https'
import type { Tls } from './settings.ts'

export interface Wish {
  method?: string
  headers?: { [name: string]: string }
  body?: string
}

export async function ask(url: string, { method = 'GET', headers = {}, body }: Wish, tls: Tls) {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = url.startsWith('https:')
      ? overTls(url, { method, headers, ...tls }, resolve)
      : overPlain(url, { method, headers }, resolve)
    request.on('error', reject).end(body)
  })
  let text = ''
  for await (const part of answer.setEncoding('utf8')) text += part
  const status = answer.statusCode as number
  return { isOk: status >= 200 && status < 300, status, text }
}
