import type { Bench } from '../bench.ts'
import type { ScenarioName } from '../options.ts'
import type { Found } from '../result.ts'
import { accept } from './accept.ts'
import { badEndpoint } from './bad-endpoint.ts'
import { footprint } from './footprint.ts'
import { halfLoad } from './half-load.ts'
import { idle } from './idle.ts'
import { otp } from './otp.ts'
import { rows } from './rows.ts'
import { sent } from './sent.ts'
import { urgent } from './urgent.ts'
import { webhooks } from './webhooks.ts'

/** Every scenario. One line a scenario; they run in the order of `scenarioNames`. */
export const scenarios: Record<ScenarioName, (bench: Bench) => Promise<Found>> = {
  accept,
  sent,
  idle,
  footprint,
  'half-load': halfLoad,
  urgent,
  otp,
  webhooks,
  'bad-endpoint': badEndpoint,
  rows,
}
