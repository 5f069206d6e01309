// fast-check with a given seed: a run shows the same cases as the run before, so that what fails was changed, and nobody's work waits for a case that
// was there all along. NRT_CASES_SEED=new looks for new ones, and a failure says its seed; NRT_CASES_SEED=<number> shows those again.

import { randomInt } from 'node:crypto'
import fc from 'fast-check'

const GIVEN = 20_261_126
const wish = process.env.NRT_CASES_SEED

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: wish === 'new' ? randomInt(2 ** 31) : Number(wish ?? GIVEN) })

export default fc
