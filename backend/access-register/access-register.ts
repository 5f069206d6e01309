// What the platform asks of the market's access register: who holds which metering points, with which meter, and what changed. Types only:
// the embedded one and the adapter for another over HTTP stand behind it, and test/support/register-contract.ts says what each must do.

import type { Result } from '../../shared/kernel/result.ts'
import type { RegisterChanges, RegisterEntry } from '../../shared/schema/access-register.ts'

/** It did not answer, or what it answered makes no sense: nothing may follow from that but waiting. `why` is for the log: no EAN, no key. */
export interface RegisterFault {
  code: 'register.unreachable'
  why: string
}

/** Nothing here throws or rejects for what another machine does. */
export interface AccessRegister {
  /** What this person holds now, whichever order. A stranger holds nothing. */
  pointsOf(holderId: string): Promise<Result<RegisterEntry[], RegisterFault>>
  /**
   * What entries became, in the order of the changes, at most `limit` behind `after` ('' is the beginning). The last one of an EAN is how
   * it stands. An entry comes when it takes effect, not before.
   */
  changes(after: string, limit: number): Promise<Result<RegisterChanges, RegisterFault>>
}
