// `npm run api:examples`: tells the story of test/support/api-story.ts and writes its requests and answers down as the examples of the API's description.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tellTheStory } from '../test/support/api-story.ts'

const file = join(import.meta.dirname, '..', 'backend', 'api', 'examples.json')
const examples = await tellTheStory()
writeFileSync(file, `${JSON.stringify(examples, undefined, 2)}\n`)
console.log(`api:examples: ${Object.keys(examples).length} operations`)
