// An energy service provider's client, whole and small: gets a token, pulls what its permissions let out, reads the stream, takes webhooks, and prints one
// line per thing. `node examples/esp-client/main.ts --server URL --broker URL --key FILE [--cert FILE --cert-key FILE] [--hook PORT]`; docs/esp.md walks through it.

import { createPull } from './pull.ts'
import { readSettings } from './settings.ts'
import { readStream } from './stream.ts'
import { createTokens } from './token.ts'
import { takeWebhooks } from './webhook.ts'

const BACK_S = 300

const settings = readSettings()
const token = createTokens(settings)
const pull = createPull(settings, token)
const say = (...words: (string | number)[]): void => console.log(words.join(' '))

await token()
say('token: got one for', settings.key.espId)

const nowS = Math.floor(Date.now() / 1000)
for (const { permissionId } of await pull.permissions()) {
  const { readings, flag } = await pull.latest(permissionId)
  say('latest:', permissionId, JSON.stringify(readings.at(-1) ?? null), `(${flag})`)
  let count = 0
  for await (const page of pull.range(permissionId, nowS - BACK_S, nowS + 1)) count += page.readings.length
  const { gaps } = await pull.gaps(permissionId, nowS - BACK_S, nowS + 1)
  say('range:', permissionId, count, 'readings in five minutes,', gaps.length, 'gaps')
}

if (settings.hookPort !== undefined) {
  let secret = ''
  const { port } = await takeWebhooks(
    settings.hookPort,
    () => secret,
    ({ id, type, data }) => {
      const what = type.startsWith('nrt.readings.')
        ? `${data.permissionId} ${data.readings.length} readings`
        : JSON.stringify(data)
      say('webhook:', type, id, what)
    },
  )
  ;({ secret } = await pull.setWebhook(`http://127.0.0.1:${port}/nrt`))
  say('webhook: told the platform of port', port)
}

const stop = readStream(settings, token, ({ permissionId, readings }) =>
  say('stream:', permissionId, JSON.stringify(readings.at(-1))),
)
process.once('SIGINT', () => void stop().then(() => process.exit(0)))
