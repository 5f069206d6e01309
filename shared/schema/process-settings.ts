// Settings that every server has.

import Type from 'typebox'
import { setting } from './settings.ts'

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

export const PROCESS_SETTINGS = {
  logLevel: setting('NRT_LOG_LEVEL', Type.String({ enum: LEVELS, description: LEVELS.join(', ') }), 'info'),
}
