import { defineConfig } from 'vitest/config'

// Two cores: two workers, each test file in its own process so that sockets and SQLite files never meet.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './scripts/vitest-closing-line.ts'],
  },
})
