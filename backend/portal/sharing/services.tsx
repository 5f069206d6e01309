// The catalogue: found by words, kind and price, in an order that nobody can buy. A service is looked at before anything is asked.

import { useEffect, useState } from 'preact/hooks'
import type { Service } from '../api/types.ts'
import { usePages } from '../parts/asking.ts'
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
  const { items, hasMore, more } = usePages<Service>(query === '' ? '/catalogue' : `/catalogue?${query}`)
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
      <div aria-live="polite" aria-busy={items === undefined}>
        {items?.length === 0 && <p class="card hint">{say.servicesNone}</p>}
        {items?.map(service => (
          <ServiceCard key={service.serviceId} words={words} service={service} onLook={onLook} />
        ))}
      </div>
      {hasMore && (
        <button type="button" class="quiet" onClick={more}>
          {say.more}
        </button>
      )}
    </section>
  )
}

function ServiceCard({ words, service, onLook }: { words: Words; service: Service; onLook(service: Service): void }) {
  const say = words.say.sharing
  const { text, serviceId, espName, espCountry } = service
  const title = `service-${serviceId}`
  return (
    <article class="card service" aria-labelledby={title}>
      <h3 id={title}>{text.name[words.language]}</h3>
      <p class="hint">
        {say.from(espName, espCountry)} · {say.categories[text.category]} ·{' '}
        {text.price.per === 'free' ? say.free : say.costs}
      </p>
      <p>{text.summary[words.language]}</p>
      <div class="row">
        <button
          type="button"
          class="small"
          aria-label={`${say.look}: ${text.name[words.language]}`}
          onClick={() => onLook(service)}
        >
          {say.look}
        </button>
      </div>
    </article>
  )
}
