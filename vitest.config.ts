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
    // More than there may be cores: many tests wait, for a timeout or for a schedule of repeats.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
