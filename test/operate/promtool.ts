// The rule engine of Prometheus itself (`promtool test rules`), where it is installed: which alerts fire on which series.

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const RULES_FILE = join(import.meta.dirname, '../../deploy/prometheus/nrt.rules.yml')

export const isPromtoolHere = spawnSync('promtool', ['--version']).status === 0
if (!isPromtoolHere) console.warn('skipped: alert rules in the engine of Prometheus (promtool is not installed)')

/** The trouble began 22 minutes before, and what was so from the beginning has been so for an hour. */
const LOOK_AT = '62m'

export interface RuleCase {
  name: string
  series: { series: string; values: string }[]
  /** This alert fires; undefined: none may. */
  fires: string | undefined
}

/** What promtool found wrong; '' when every case came out as it should. JSON is YAML. */
export function failuresOf(cases: RuleCase[], folder: string): string {
  const tests = cases.map(({ name, series, fires }) => ({
    name,
    interval: '1m',
    input_series: series,
    promql_expr_test: [
      {
        expr: `count by (alertname) (ALERTS{alertstate="firing"${fires === undefined ? '' : `,alertname="${fires}"`}})`,
        eval_time: LOOK_AT,
        exp_samples: fires === undefined ? [] : [{ labels: `{alertname="${fires}"}`, value: 1 }],
      },
    ],
  }))
  const file = join(folder, 'alerts.test.yml')
  writeFileSync(file, JSON.stringify({ rule_files: [RULES_FILE], evaluation_interval: '1m', tests }))
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' })
  return status === 0 ? '' : `${stdout}${stderr}`
}

/** Every alert of the rules file, by its own lines. */
export function alertsIn(rules: string): string[] {
  return [...rules.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name]) => name as string)
}
