// The registers as they stand on the meter's own display, so that anybody can compare.

import type { Reading } from '../api/types.ts'
import type { Words } from '../parts/words.ts'
import type { LiveState } from './state.ts'
import { tariffName } from './today-card.tsx'

interface Row {
  name: string
  detail?: string
  value: string
  unit?: string
}

export function RegistersCard({
  state,
  words,
  country,
}: {
  state: LiveState
  words: Words
  country: string | undefined
}) {
  const { say } = words
  const rows = state.reading ? rowsOf(state.reading, words, country) : []
  return (
    <section class="card registers" aria-labelledby="registers-title">
      <h2 id="registers-title">
        {say.registers} <small>{say.registersHelp}</small>
      </h2>
      <dl class="facts">
        {rows.map(row => (
          <div key={`${row.name} ${row.detail}`}>
            <dt>
              {row.name} {row.detail && <span class="detail">{row.detail}</span>}
            </dt>
            <dd>
              {row.value}
              {row.unit && <small>{`\u00a0${row.unit}`}</small>}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function rowsOf(reading: Reading, words: Words, country: string | undefined): Row[] {
  const { say, format } = words
  const rows: Row[] = []
  const addEnergy = (name: string, wh: number | undefined, register?: 1 | 2) => {
    if (wh === undefined) return
    const detail = register === undefined ? say.total : tariffName(register, words, country)
    rows.push({ name, detail, value: format.energy(wh, 3), unit: 'kWh' })
  }
  addEnergy(say.offtake, reading.offtakeT1Wh, 1)
  addEnergy(say.offtake, reading.offtakeT2Wh, 2)
  addEnergy(say.offtake, reading.offtakeWh)
  addEnergy(say.injection, reading.injectionT1Wh, 1)
  addEnergy(say.injection, reading.injectionT2Wh, 2)
  addEnergy(say.injection, reading.injectionWh)
  if (reading.tariff === 1 || reading.tariff === 2) {
    rows.push({ name: say.tariffNow, value: tariffName(reading.tariff, words, country) })
  }
  if (reading.gasDm3 !== undefined) rows.push({ name: say.gas, value: format.cubicMetres(reading.gasDm3), unit: 'm³' })
  if (reading.waterDm3 !== undefined) {
    rows.push({ name: say.water, value: format.cubicMetres(reading.waterDm3), unit: 'm³' })
  }
  return rows
}
