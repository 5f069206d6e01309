// Settings that every server has.

import Type from 'typebox'
import { setting } from './settings.ts'

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

const TraceUrl = Type.String({ pattern: '^https?://[^\\s]+$', description: 'like http://127.0.0.1:4318/v1/traces' })
const Permille = Type.Integer({ minimum: 1, maximum: 1000, description: 'batches of a thousand, 1 … 1000' })

export const PROCESS_SETTINGS = {
  logLevel: setting('NRT_LOG_LEVEL', Type.String({ enum: LEVELS, description: LEVELS.join(', ') }), 'info'),
  traceUrl: setting('NRT_TRACE_URL', TraceUrl, undefined),
  tracePermille: setting('NRT_TRACE_PERMILLE', Permille, 10),
}
