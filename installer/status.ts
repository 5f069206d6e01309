// `nrt status`: what runs, how it is, what waits. It asks the backend and says it in a few lines; the numbers are those of /metrics.

import { Command } from 'commander'
import type { PlatformStatus, PlatformTrouble } from '../shared/schema/operating.ts'
import { askOperator, guarded, print } from './operator-rest.ts'

const HELP = `
The operator key is read from NRT_OPERATOR_KEY, the address of the backend from NRT_URL (default http://127.0.0.1:8080).
Exit codes: 0 all is well; 1 somebody should do something (the last lines say what); 2 the question could not be asked.`

const SENTENCES: { [trouble in PlatformTrouble]: string } = {
  'store-not-ready': 'the store takes no readings; dongles keep theirs (docs/operating.md#nrtstorenotready)',
  'gateway-cannot-store': 'the gateway gets nothing stored (docs/operating.md#nrtgatewaycannotstore)',
  'disk-filling': 'less than a tenth of the room is left (docs/operating.md#nrtdiskfilling)',
  'dongles-silent': 'more than a tenth of the bound dongles say nothing (docs/operating.md#nrtdonglessilent)',
  'dead-letters': 'messages wait that could not be stored: nrt replay list (docs/operating.md#nrtdeadletters)',
  'certificate-expires': 'the TLS certificate ends within three weeks (docs/operating.md#nrtcertificateends)',
  'backup-old': 'no backup for two days: nrt backup NAME (docs/operating.md#nrtbackupold)',
}

export function statusCommand(): Command {
  const command = new Command('status')
    .description('what runs, how it is, what waits')
    .option('--json', 'all of it as one JSON object')
    .addHelpText('after', HELP)
  command.action(async ({ json }: { json?: boolean }) => {
    process.exitCode = await guarded(command, async () => {
      const status = await askOperator<PlatformStatus>('GET', '/platform')
      print(json ? JSON.stringify(status) : inWords(status))
      return status.troubles.length === 0 ? 0 : 1
    })
  })
  return command
}

function inWords({ version, startedAtS, nowS, store, gateway, fleet, backup, troubles }: PlatformStatus): string {
  const states = Object.entries(fleet.dongles).filter(([, count]) => count > 0)
  const lines = [
    `nrt ${version}, up ${spanOf(nowS - startedAtS)}`,
    `store    ${store.isReady ? 'takes readings' : `takes nothing: ${store.reason}`}; ${roomOf(store)}`,
    gateway === null
      ? 'gateway  runs apart'
      : `gateway  ${gateway.connections} connected, ${gateway.strangers} strangers, ${gateway.queueBatches} batches wait`,
    `dongles  ${states.map(([state, count]) => `${count} ${state}`).join(', ') || 'none'}; ${fleet.silent} silent`,
    `waiting  ${fleet.backlogRecords} batches in dongles, ${fleet.ordersOpen} orders, ${fleet.deadLetters} dead letters`,
    `backup   ${backup === null ? 'by PostgreSQL’s own tools' : agoOf(backup.newestAtS, nowS)}`,
    ...troubles.map(trouble => `! ${SENTENCES[trouble]}`),
  ]
  return lines.join('\n')
}

function roomOf({ fileBytes, freeBytes }: PlatformStatus['store']): string {
  return fileBytes === null || freeBytes === null ? 'on PostgreSQL' : `${mb(fileBytes)} used, ${mb(freeBytes)} free`
}

function agoOf(newestAtS: number | null, nowS: number): string {
  return newestAtS === null ? 'none' : `${spanOf(nowS - newestAtS)} ago`
}

function mb(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(0)} MB`
}

function spanOf(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} days`
}
