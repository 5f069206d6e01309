// The thread that takes groups of batches: it holds the only connection to the inbox.

import { workerData } from 'node:worker_threads'
import { createIntake, type Intake } from './intake.ts'
import { answerJobs } from './thread-jobs.ts'
import type { ThreadSetup } from './thread-link.ts'

const { path, kek } = workerData as ThreadSetup
answerJobs<Intake>(createIntake(path, kek), () => {})
