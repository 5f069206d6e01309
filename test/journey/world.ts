// What the steps of the journey share: the machines, the people as they arrive, and what each step leaves to the next.

import type { EspKey } from '../../examples/esp-client/settings.ts'
import type { Label, Machine, Parts } from './parts.ts'
import type { People, Person } from './people.ts'

export interface World {
  parts: Parts
  people: People
  /** Says that something was done over REST, because a page for it is not there. */
  overRest(what: string): void
  anna: Person
  olga: Person
  eva: Person
  bert: Person
  label: Label
  dongle: Machine
  client: Machine
  /** As the file has it that the ESP's page saved. */
  espKey: EspKey
  permissionId: string
  /** When the register says that somebody else lives there, epoch seconds. */
  movedAtS: number
}

/** As the access register knows them. */
export const HOLDER = { anna: 'person-anna', bert: 'person-bert' }

export interface Step {
  /** Its number in requirement 76, where it is one of the eight. */
  of76?: number
  step: string
  title: string
  /** Does it, and says what was seen. Throws what did not come. */
  run(world: World): Promise<string>
}
