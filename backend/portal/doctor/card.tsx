// "My dongle", and any dongle on support's page: what is the matter in one sentence, the one thing to do next, and what happened lately for whoever wants to read on.

import { useState } from 'preact/hooks'
import './doctor.css'
import { CheckIcon, WarnIcon } from '../parts/icons.tsx'
import type { Words } from '../parts/words.ts'
import { useDiagnosis } from './diagnosis.ts'
import { DOCTOR_CARD } from './words.ts'

interface DoctorCardProps {
  words: Words
  /** Where the diagnosis is, below /api/v1. */
  path: string
  /** For who has no cookie: support. */
  accessKey?: string
  title?: string
  /** What happened is shown at once. */
  isOpenFirst?: boolean
}

export function DoctorCard({ words, path, accessKey, title, isOpenFirst = false }: DoctorCardProps) {
  const { language, format } = words
  const say = DOCTOR_CARD[language]
  const [isOpen, setOpen] = useState(isOpenFirst)
  const { diagnosis, atS, isAsking, hasFailed, again } = useDiagnosis(path, language, accessKey)
  return (
    <section class="card doctor" aria-labelledby="doctor-title">
      <h2 id="doctor-title">{title ?? say.title}</h2>
      <div aria-live="polite">
        {diagnosis === undefined && <p>{hasFailed ? say.failed : say.asking}</p>}
        {diagnosis && (
          <div class="diagnosis" data-well={diagnosis.isWell} data-code={diagnosis.verdict.code}>
            {diagnosis.isWell ? <CheckIcon /> : <WarnIcon />}
            <div>
              <p>{diagnosis.verdict.say}</p>
              {!diagnosis.isWell && (
                <p class="next">
                  {say.next} <strong>{diagnosis.verdict.next}</strong>
                </p>
              )}
            </div>
          </div>
        )}
      </div>
      {diagnosis && diagnosis.also.length > 0 && (
        <>
          <h3>{say.also}</h3>
          <ul class="steps">
            {diagnosis.also.map(one => (
              <li key={one.code}>
                {one.say} {one.next}
              </li>
            ))}
          </ul>
        </>
      )}
      {diagnosis && diagnosis.happenings.length > 0 && (
        <div class="happened">
          <button
            type="button"
            class="small"
            aria-expanded={isOpen}
            aria-controls="happenings"
            onClick={() => setOpen(!isOpen)}
          >
            {say.happenings(format.whole(diagnosis.happenings.length))}
          </button>
          <ol id="happenings" class="happenings" hidden={!isOpen}>
            {diagnosis.happenings.map((one, i) => (
              <li key={`${one.atS} ${i}`}>
                <time dateTime={new Date(one.atS * 1000).toISOString()}>{format.dayAndClock(one.atS)}</time>
                <span>{one.say}</span>
              </li>
            ))}
          </ol>
        </div>
      )}
      <div class="foot">
        {diagnosis && diagnosis.heardAtS !== null && <small>{say.heard(format.ago(atS - diagnosis.heardAtS))}</small>}
        <button type="button" class="small" disabled={isAsking} onClick={again}>
          {say.again}
        </button>
      </div>
    </section>
  )
}
