// The tracing that a server's settings ask for. The SDK is the largest of all that runs, so that it is loaded only where it is wanted.

import { PROCESS_SETTINGS } from '../../shared/schema/process-settings.ts'
import { readSettings, type SettingTexts } from '../../shared/schema/settings.ts'
import { right } from './serve.ts'
import type { OpenTracing, TracingConfig } from './tracing.ts'

/** Undefined where no collector is set: nothing is followed then. */
export async function loadTracing(
  texts: SettingTexts,
  service: TracingConfig['service'],
): Promise<OpenTracing | undefined> {
  const { traceUrl: url, tracePermille: permille } = right(readSettings(PROCESS_SETTINGS, texts))
  return url === undefined ? undefined : (await import('./tracing.ts')).openTracing({ url, permille, service })
}
