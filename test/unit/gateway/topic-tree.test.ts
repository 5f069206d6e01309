import { expect, test } from 'vitest'
import {
  createTopicTree,
  isTopicFilter,
  isTopicName,
  setAt,
  type TopicTree,
  valueAt,
  visitFilters,
  visitTopics,
} from '../../../gateway/broker/topic-tree.ts'
import fc from '../../support/given-cases.ts'

/** The standard's rules (section 4.7) once more, level by level and without a tree. */
function isMatch(filter: string, topic: string): boolean {
  const [wanted, levels] = [filter.split('/'), topic.split('/')]
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === '#') return i <= levels.length
    if (i >= levels.length || (wanted[i] !== '+' && wanted[i] !== levels[i])) return false
  }
  return wanted.length === levels.length
}

const level = fc.constantFrom('', 'a', 'b', '$x')
const topicOf = fc.array(level, { minLength: 1, maxLength: 4 }).map(levels => levels.join('/'))
const aTopic = topicOf.filter(isTopicName)
const filterOf = fc.tuple(fc.array(fc.oneof(level, fc.constant('+')), { maxLength: 4 }), fc.boolean())
const aFilter = filterOf
  .map(([levels, hasRest]) => (hasRest ? [...levels, '#'] : levels).join('/'))
  .filter(isTopicFilter)

function treeOf(paths: string[]): TopicTree<string> {
  const tree = createTopicTree<string>()
  for (const path of paths) setAt(tree, path, path)
  return tree
}

function visited(walk: (visit: (value: string) => void) => void): string[] {
  const values: string[] = []
  walk(value => values.push(value))
  return values.sort()
}

test('finds each filter that matches a topic once, and no other', () => {
  fc.assert(
    fc.property(fc.uniqueArray(aFilter, { maxLength: 12 }), aTopic, (filters, topic) => {
      const found = visited(visit => visitFilters(treeOf(filters), topic, visit))
      expect(found).toEqual(filters.filter(filter => isMatch(filter, topic)).sort())
    }),
    { numRuns: 500 },
  )
})

test('finds each topic that a filter matches once, and no other', () => {
  fc.assert(
    fc.property(fc.uniqueArray(aTopic, { maxLength: 12 }), aFilter, (topics, filter) => {
      const found = visited(visit => visitTopics(treeOf(topics), filter, visit))
      expect(found).toEqual(topics.filter(topic => isMatch(filter, topic)).sort())
    }),
    { numRuns: 500 },
  )
})

test('holds nothing for what was taken away', () => {
  fc.assert(
    fc.property(fc.uniqueArray(aFilter, { maxLength: 12 }), filters => {
      const tree = treeOf(filters)
      for (const [i, filter] of filters.entries()) {
        setAt(tree, filter, undefined)
        for (const [j, other] of filters.entries()) expect(valueAt(tree, other)).toBe(j > i ? other : undefined)
      }
      expect(tree).toEqual(createTopicTree())
    }),
  )
})

test('knows a name and a filter from what is none', () => {
  for (const topic of ['a', '/', 'a//b', '$SYS/x', ' ']) expect(isTopicName(topic)).toBe(true)
  for (const topic of ['', '+', 'a/#', 'a+', 'a/'.repeat(32)]) expect(isTopicName(topic)).toBe(false)
  for (const filter of ['#', '+', '+/+', 'a/#', '/+', 'a/+/b', '+/#']) expect(isTopicFilter(filter)).toBe(true)
  for (const filter of ['', 'a#', '#/a', 'a/#/b', 'a+', 'a/b+', '##', '+/'.repeat(32)])
    expect(isTopicFilter(filter)).toBe(false)
})
