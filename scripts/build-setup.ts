// The setup file and its page, for the engine's Storage: firmware/setup as one expression that gives a function (setup-port.ts), and the
// page as one HTTP answer, head and gzip body, so that the dongle only sends bytes. Own budgets; the gate judges the code as it judges
// the program. build-firmware.ts writes them beside it.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, transform } from 'esbuild'

const PAGE = fileURLToPath(new URL('../firmware/setup/page', import.meta.url))

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Words that mean "what this file comes to", where the source calls a function of this name. */
const RESULT = 'nrtResult('

/** A script whose last call is nrtResult(x) → an expression with the value x, nothing of it left in the global scope. A source map needs one empty line before it. */
export function asExpression(code: string): string {
  if (code.split(RESULT).length !== 2) throw new Error('build-setup: the file has to say its result once')
  return `(()=>{\n${code.trimEnd().replace(RESULT, 'return(')}\n})()`
}

export interface SetupPage {
  /** As a browser gets it, but for the first lines. */
  html: string
  /** What lies in Storage: headers, an empty line, the gzip body. Before it the dongle says the status line and the cookie. */
  answer: Uint8Array
}

export async function buildSetupPage(): Promise<SetupPage> {
  const script = await build({
    entryPoints: [join(PAGE, 'main.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    // phones of the last eight years
    target: 'es2020',
    platform: 'browser',
    charset: 'utf8',
    minify: true,
    legalComments: 'none',
    tsconfig: join(PAGE, 'tsconfig.json'),
    logLevel: 'silent',
  })
  const code = script.outputFiles[0]!.text.trim()
  const style = (
    await transform(readFileSync(join(PAGE, 'page.css'), 'utf8'), { loader: 'css', minify: true })
  ).code.trim()
  const html = readFileSync(join(PAGE, 'index.html'), 'utf8')
    .replaceAll(/>\n+</g, '><')
    .trim()
    .replace('<style></style>', () => `<style>${style}</style>`)
    .replace('<script></script>', () => `<script>${code}</script>`)
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(code)}`,
    `style-src ${hashOf(style)}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  const body = gzipSync(html, { level: 9 })
  const head = [
    'Connection: close',
    'Cache-Control: no-store',
    'Content-Type: text/html; charset=utf-8',
    'Content-Encoding: gzip',
    `Content-Security-Policy: ${policy.join('; ')}`,
    'X-Content-Type-Options: nosniff',
    'Referrer-Policy: no-referrer',
    `Content-Length: ${body.length}`,
  ]
  return { html, answer: Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), body]) }
}
