import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // Processes, not threads: tests send signals and load native and WebAssembly code.
    pool: 'forks',
    // The files of a worker share the modules that they load, which is most of what a file would cost. No module of
    // ours keeps anything of its own: what lives, lives in a context.
    isolate: false,
    // The services of more would need more than the hundred connections of the run's Postgres.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
