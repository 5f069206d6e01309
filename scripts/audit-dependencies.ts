// `npm run audit:npm`: has a dependency that runs at the operator a known hole? The gate of a release. Exit code 0: none that is high or
// critical; 1: there is; 2: nobody could be asked, which is said and is no yes.

import { spawnSync } from 'node:child_process'

export type AuditVerdict =
  | { kind: 'clean'; below: number }
  | { kind: 'holes'; lines: string[] }
  | { kind: 'not-asked'; why: string }

interface Report {
  message?: string
  auditReportVersion?: number
  vulnerabilities?: {
    [name: string]: { name: string; severity: string; range: string; via: (string | { title: string })[] }
  }
}

const BAD = ['high', 'critical']

/** What `npm audit --json` printed. A report that is none is never taken for a clean one. Pure. */
export function verdictOf(text: string): AuditVerdict {
  let report: Report
  try {
    report = JSON.parse(text) as Report
  } catch {
    return { kind: 'not-asked', why: 'npm gave no report' }
  }
  if (report.vulnerabilities === undefined || report.auditReportVersion === undefined) {
    return { kind: 'not-asked', why: report.message ?? 'npm gave no report' }
  }
  const found = Object.values(report.vulnerabilities)
  const bad = found.filter(one => BAD.includes(one.severity))
  if (bad.length === 0) return { kind: 'clean', below: found.length }
  return {
    kind: 'holes',
    lines: bad.map(({ name, severity, range, via }) => `${severity}: ${name} ${range}: ${titlesOf(via)}`),
  }
}

function titlesOf(via: (string | { title: string })[]): string {
  return via.map(one => (typeof one === 'string' ? `through ${one}` : one.title)).join('; ')
}

if (import.meta.main) {
  const verdict = verdictOf(spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8' }).stdout)
  if (verdict.kind === 'clean') console.log(`npm audit: nothing high or critical (${verdict.below} below that)`)
  if (verdict.kind === 'holes') console.error(`npm audit: FAILED\n${verdict.lines.join('\n')}`)
  if (verdict.kind === 'not-asked') console.error(`npm audit: OFFLINE, nobody was asked: ${verdict.why}`)
  process.exitCode = { clean: 0, holes: 1, 'not-asked': 2 }[verdict.kind]
}
