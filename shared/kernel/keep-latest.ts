// A Map that is bounded by forgetting what was set longest ago: it keeps the order of insertion, so the first is that.

/** Sets `value`, as the latest; of more than `most` the one set longest ago is forgotten. */
export function keepLatest<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, most: number): void {
  map.delete(key)
  map.set(key, value)
  if (map.size <= most) return
  const first = map.keys().next()
  if (!first.done) map.delete(first.value)
}
