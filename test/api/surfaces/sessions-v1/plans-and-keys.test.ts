import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApp } from '../../../support/second-process.ts'
import { startTestService, type Answer, type CallOptions, type TestService } from '../../../support/service.ts'
