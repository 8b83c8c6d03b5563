import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // Processes, not threads: tests send signals and load native and WebAssembly code.
    pool: 'forks',
    // More than two processors have work for, because tests wait a lot. The services of still more would need more
    // connections than the run's Postgres gives.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
