import type { OutboundMessage } from '../../../src/providers/contract.ts'
import { createWhatsappCloud } from '../../../src/providers/whatsapp-cloud/index.ts'
import { describeProvider } from '../../support/provider-contract.ts'
import { json, startGraphStub } from './graph-stub.ts'

const accessToken = 'EAAJcontractSuiteToken0123456789'
const session = { id: 'session-1', settings: { accessToken, phoneNumberId: '106540352242922' } }
const message: OutboundMessage = {
  id: '0198f0c0-0000-7000-8000-000000000001',
  attempt: 1,
  to: { kind: 'msisdn', value: '16505551234' },
  content: { type: 'text', body: 'Hi' },
  replyTo: null,
}

describeProvider('the Cloud API', async () => {
  const graph = await startGraphStub()
  const provider = createWhatsappCloud({
    graphUrl: graph.url,
    graphVersion: 'v23.0',
    timeoutMs: 5_000,
    connectionsMax: 4,
    cloudRatePerSecond: 80,
    operatorSecrets: { signature: null, verifyToken: null },
  })
  return {
    provider,
    secrets: [accessToken],
    accepts: () => ({ session, message }),
    refuses: () => {
      const echo = `Malformed access token ${accessToken}`
      graph.answerWith(json(401, { error: { message: echo, code: 190, error_data: { details: echo } } }))
      return { session, message }
    },
    unreachable: async () => {
      await graph.close()
      return { session, message }
    },
    dropsAnswer: () => {
      graph.answerWith((response) => response.socket?.destroy())
      return { session, message }
    },
    neverAnswers: () => {
      const received = new Promise<void>((resolve) => graph.answerWith(() => resolve()))
      return { session, message, received }
    },
    dispose: () => graph.close(),
  }
})
