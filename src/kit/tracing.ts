import type { Context as TraceContext, Span, SpanKind } from '@opentelemetry/api'

/** The attributes of a span, for readers of the trace. */
export interface SpanFacts {
  name: string
  kind: 'server' | 'client'
  attributes: Record<string, string | number | boolean>
}

/** A span that is under way. */
export interface OpenSpan {
  /** Runs `act` so that what it starts belongs to this span. */
  run<T>(act: () => T): T
  /** Ends it; with a problem, as failed. */
  end(facts?: { attributes?: Record<string, string | number>; problem?: string }): void
}

/** OpenTelemetry traces of this process. */
export interface Tracing {
  /** Starts a span below the one under way, or below the one that W3C `traceparent` headers name. */
  start(facts: SpanFacts, headers?: Record<string, unknown>): OpenSpan
  /** Sends what is left, for at most a few seconds. */
  close(): Promise<void>
}

export interface TracingOptions {
  /** Base URL of an OTLP/HTTP collector, such as http://localhost:4318. */
  endpoint: string
  serviceName: string
  /** Role of this process, such as api. */
  role: string
}

const exportMsMax = 3_000

/**
 * Loads the OpenTelemetry SDK, only where traces are wanted, and makes it this process's. The sampling is set by
 * its own variables (OTEL_TRACES_SAMPLER).
 */
export async function createTracing({ endpoint, serviceName, role }: TracingOptions): Promise<Tracing> {
  const [api, { NodeTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }, { resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ])
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, timeoutMillis: exportMsMax })
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName, 'hermod.role': role }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  provider.register()
  const tracer = provider.getTracer('hermod')
  const kinds: Record<SpanFacts['kind'], SpanKind> = {
    server: api.SpanKind.SERVER,
    client: api.SpanKind.CLIENT,
  }

  function open(span: Span, parent: TraceContext): OpenSpan {
    const within = api.trace.setSpan(parent, span)
    return {
      run: (act) => api.context.with(within, act),
      end({ attributes, problem } = {}) {
        if (attributes !== undefined) span.setAttributes(attributes)
        if (problem !== undefined) span.setStatus({ code: api.SpanStatusCode.ERROR, message: problem })
        span.end()
      },
    }
  }

  return {
    start({ name, kind, attributes }, headers) {
      const active = api.context.active()
      const parent = headers === undefined ? active : api.propagation.extract(active, headers)
      return open(tracer.startSpan(name, { kind: kinds[kind], attributes }, parent), parent)
    },
    async close() {
      // A collector that is away must not keep the process.
      await provider.shutdown().catch(() => undefined)
      api.trace.disable()
      api.context.disable()
      api.propagation.disable()
    },
  }
}
