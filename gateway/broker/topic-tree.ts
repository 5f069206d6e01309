// Topics and filters as a tree of levels (MQTT 3.1.1 section 4.7): what is kept at filters is found by a topic, what is kept at topics by
// a filter. Pure. A level holds no more than its own text and its branches, and is gone when nothing is kept below it.

export interface TopicTree<Value> {
  value: Value | undefined
  branches: Map<string, TopicTree<Value>>
}

type Visit<Value> = (value: Value) => void

/** Deeper ones are refused: the walks below are recursive. */
const LEVELS_MAX = 32

export function createTopicTree<Value>(): TopicTree<Value> {
  return { value: undefined, branches: new Map() }
}

/** At least one character and no wildcard [MQTT-4.7.3-1, 3.3.2-2]. */
export function isTopicName(topic: string): boolean {
  return topic !== '' && !/[+#]/.test(topic) && topic.split('/').length <= LEVELS_MAX
}

/** A wildcard stands alone on its level, and # on the last one [MQTT-4.7.1-2, -3]. */
export function isTopicFilter(filter: string): boolean {
  const levels = filter.split('/')
  const isRight = (level: string, i: number): boolean =>
    level === '+' || (level === '#' && i === levels.length - 1) || !/[+#]/.test(level)
  return filter !== '' && levels.length <= LEVELS_MAX && levels.every(isRight)
}

/** What is kept at exactly this path. */
export function valueAt<Value>(tree: TopicTree<Value>, path: string): Value | undefined {
  let node: TopicTree<Value> | undefined = tree
  for (const level of path.split('/')) node = node?.branches.get(level)
  return node?.value
}

/** Keeps `value` at the path; undefined: nothing. */
export function setAt<Value>(tree: TopicTree<Value>, path: string, value: Value | undefined): void {
  set(tree, path.split('/'), 0, value)
}

function set<Value>(node: TopicTree<Value>, levels: string[], at: number, value: Value | undefined): void {
  if (at === levels.length) {
    node.value = value
    return
  }
  const level = levels[at] as string
  const branch = node.branches.get(level) ?? createTopicTree<Value>()
  set(branch, levels, at + 1, value)
  if (branch.value === undefined && branch.branches.size === 0) node.branches.delete(level)
  else node.branches.set(level, branch)
}

/** Of a tree of filters: what is kept at those that match the topic. */
export function visitFilters<Value>(tree: TopicTree<Value>, topic: string, visit: Visit<Value>): void {
  walkFilters(tree, topic.split('/'), 0, visit)
}

function walkFilters<Value>(node: TopicTree<Value>, levels: string[], at: number, visit: Visit<Value>): void {
  const level = levels[at]
  // A wildcard in the first place does not stand for what begins with $ [MQTT-4.7.2-1].
  const isHidden = at === 0 && isOwn(level as string)
  const rest = isHidden ? undefined : node.branches.get('#')?.value
  if (rest !== undefined) visit(rest) // # stands for its parent too
  if (level === undefined) {
    if (node.value !== undefined) visit(node.value)
    return
  }
  const any = isHidden ? undefined : node.branches.get('+')
  if (any !== undefined) walkFilters(any, levels, at + 1, visit)
  const same = node.branches.get(level)
  if (same !== undefined) walkFilters(same, levels, at + 1, visit)
}

/** Of a tree of topics: what is kept at those that the filter matches. */
export function visitTopics<Value>(tree: TopicTree<Value>, filter: string, visit: Visit<Value>): void {
  walkTopics(tree, filter.split('/'), 0, visit)
}

function walkTopics<Value>(node: TopicTree<Value>, levels: string[], at: number, visit: Visit<Value>): void {
  const level = levels[at]
  if ((level === undefined || level === '#') && node.value !== undefined) visit(node.value)
  if (level === undefined) return
  if (level !== '+' && level !== '#') {
    const same = node.branches.get(level)
    if (same !== undefined) walkTopics(same, levels, at + 1, visit)
    return
  }
  for (const [name, branch] of node.branches) {
    if (at === 0 && isOwn(name)) continue
    if (level === '#') visitAll(branch, visit)
    else walkTopics(branch, levels, at + 1, visit)
  }
}

function visitAll<Value>(node: TopicTree<Value>, visit: Visit<Value>): void {
  if (node.value !== undefined) visit(node.value)
  for (const branch of node.branches.values()) visitAll(branch, visit)
}

function isOwn(level: string): boolean {
  return level.startsWith('$')
}
