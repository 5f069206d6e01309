// The catalogue: found by words, kind and price, in an order that nobody can buy. A service is looked at before anything is asked.

import { useEffect, useRef, useState } from 'preact/hooks'
import type { Service } from '../api/types.ts'
import { useList } from '../parts/listing.ts'
import { More } from '../parts/more.tsx'
import { ServiceCard } from '../parts/service-card.tsx'
import type { Words } from '../parts/words.ts'

/** Somebody who types is not asked for at every letter. */
const TYPING_MS = 300

export function Services({ words, onLook }: { words: Words; onLook(service: Service): void }) {
  const say = words.say.sharing
  const [typed, setTyped] = useState('')
  const [search, setSearch] = useState('')
  const [category, setCategory] = useState('')
  const [isFree, setFree] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setSearch(typed.trim()), TYPING_MS)
    return () => clearTimeout(timer)
  }, [typed])
  const query = new URLSearchParams({
    ...(search !== '' && { q: search }),
    ...(category !== '' && { category }),
    ...(isFree && { isFree: 'true' }),
  }).toString()
  const list = useList<Service>(query === '' ? '/catalogue' : `/catalogue?${query}`)
  const rows = useRef<HTMLDivElement>(null)
  return (
    <section aria-labelledby="services-title">
      <h2 id="services-title">{say.servicesTitle}</h2>
      <p class="hint">{say.servicesText}</p>
      <search>
        <form class="card filters" onSubmit={event => event.preventDefault()}>
          <label>
            {say.search}
            <input type="search" value={typed} maxLength={100} onInput={event => setTyped(event.currentTarget.value)} />
          </label>
          <label>
            {say.category}
            <select value={category} onChange={event => setCategory(event.currentTarget.value)}>
              <option value="">{say.everyCategory}</option>
              {Object.entries(say.categories).map(([one, name]) => (
                <option key={one} value={one}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <label class="tick">
            <input type="checkbox" checked={isFree} onChange={event => setFree(event.currentTarget.checked)} />
            {say.freeOnly}
          </label>
        </form>
      </search>
      {list.items?.length === 0 && <p class="card hint">{say.servicesNone}</p>}
      <div class="cards" aria-busy={list.isBehind} ref={rows}>
        {list.items?.map(service => (
          <ServiceCard
            key={service.serviceId}
            {...{ words, service, onLook, look: say.look, heading: 'h3', facts: factsOf(service, words) }}
          />
        ))}
      </div>
      <More words={words} list={list} rows={rows} />
    </section>
  )
}

function factsOf({ espName, espCountry, text }: Service, { say: { sharing: say } }: Words): string {
  const price = text.price.per === 'free' ? say.free : say.costs
  return [say.from(espName, espCountry), say.categories[text.category], price].join(' · ')
}
