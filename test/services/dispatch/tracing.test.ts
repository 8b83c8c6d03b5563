import { afterAll, beforeAll, expect, test } from 'vitest'
import { startOtlpCollector, type CollectedSpan, type OtlpCollector } from '../../fakes/otlp-collector.ts'
import { startTestService, until, type TestService } from '../../support/service.ts'

let collector: OtlpCollector
let hermod: TestService
let key: string

beforeAll(async () => {
  collector = await startOtlpCollector()
  hermod = await startTestService({
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`, OTEL_SERVICE_NAME: 'gateway' },
  })
  key = await hermod.connect()
})

afterAll(async () => {
  await hermod.stop()
  await collector.close()
})

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const callerSpanId = '00f067aa0ba902b7'

test('one trace leads from the caller through the API and the queue to the provider', async () => {
  const answer = await hermod.call('POST', '/send-message', {
    key,
    headers: { traceparent: `00-${traceId}-${callerSpanId}-01` },
    body: { to: '14155552671', message: 'Where does it go?' },
  })
  expect(answer.status).toBe(202)

  const spans = await until(
    () => collector.spans.filter((span) => span.traceId === traceId),
    (found) => found.some((span) => span.name === 'send whatsapp-cloud') && rootOf(found) !== undefined,
    'the trace',
  )
  const request = rootOf(spans)
  expect(request?.name).toBe('POST /send-message')
  const send = spans.find((span) => span.name === 'send whatsapp-cloud')
  expect(attributeOf(send, 'hermod.message_id')).toBe(answer.body.data.id)
  expect(attributeOf(send, 'hermod.outcome')).toBe('accepted')
  // From the send upwards: the worker's job, the ring of the bell, the request.
  const path = ancestorsOf(send, spans).map((span) => span.name)
  expect(path.at(-1)).toBe('POST /send-message')
  expect(path.filter((name) => name.includes('send-normal')).length).toBeGreaterThanOrEqual(2)
})

test('a trace tells no text, recipient or key', () => {
  const told = JSON.stringify(collector.spans)
  expect(told).toContain(traceId)
  expect(told).not.toContain('Where does it go?')
  expect(told).not.toContain('14155552671')
  expect(told).not.toContain(key)
})

function rootOf(spans: CollectedSpan[]): CollectedSpan | undefined {
  return spans.find((span) => span.parentSpanId === callerSpanId)
}

function ancestorsOf(span: CollectedSpan | undefined, spans: CollectedSpan[]): CollectedSpan[] {
  const parent = spans.find((one) => one.spanId === span?.parentSpanId)
  return parent === undefined ? [] : [parent, ...ancestorsOf(parent, spans)]
}

function attributeOf(span: CollectedSpan | undefined, key: string): unknown {
  return span?.attributes.find((attribute) => attribute.key === key)?.value.stringValue
}
