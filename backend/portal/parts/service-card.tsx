// One service in a list, before it is looked at: its name, what is known of it at a glance, and what it does.

import type { Service } from '../api/types.ts'
import type { Words } from './words.ts'

interface ServiceCardProps {
  words: Words
  service: Service
  /** Of whom it is, and what else is known at a glance. */
  facts: string
  /** On the button. */
  look: string
  /** Below which heading the list stands. */
  heading: 'h2' | 'h3'
  onLook(service: Service): void
}

export function ServiceCard({ words, service, facts, look, heading: Heading, onLook }: ServiceCardProps) {
  const { text, serviceId } = service
  const title = `service-${serviceId}`
  const name = text.name[words.language]
  return (
    <article class="card item service" aria-labelledby={title}>
      <Heading id={title}>{name}</Heading>
      <p class="hint">{facts}</p>
      <p>{text.summary[words.language]}</p>
      <div class="row">
        <button type="button" class="small" aria-label={`${look}: ${name}`} onClick={() => onLook(service)}>
          {look}
        </button>
      </div>
    </article>
  )
}
