import { describe, expect, test } from 'vitest'
import { isMediaHost, mediaForm } from '../../../src/wire/meta/media.ts'

describe('who may be shown the token for a file', () => {
  const graph = 'http://127.0.0.1:9000'
  test.each([
    ['https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1', true],
    ['https://graph.facebook.com/x', true],
    ['https://mmg.whatsapp.net/x', true],
    ['https://scontent.xx.fbcdn.net/x', true],
    ['http://127.0.0.1:9000/whatsapp_business/attachments/', true],
    ['http://127.0.0.1:9001/x', false],
    ['http://lookaside.fbsbx.com/x', false],
    ['https://lookaside.fbsbx.com:8443/x', false],
    ['https://lookaside.fbsbx.com.evil.example/x', false],
    ['https://evilfbsbx.com/x', false],
    ['https://lookaside.fbsbx.com@evil.example/x', false],
    ['https://169.254.169.254/x', false],
  ])('%s: %s', (url, shown) => {
    expect(isMediaHost(new URL(url), graph)).toBe(shown)
  })
})

test('the body of an upload has the length that it announces, and no name breaks out of it', () => {
  const file = { filename: 'a"\r\nX: y.jpg', mimeType: 'image/jpeg', sizeBytes: 7 }
  const { head, tail, contentLength, contentType } = mediaForm(file, 'b')
  expect(contentLength).toBe(head.length + 7 + tail.length)
  expect(contentType).toBe('multipart/form-data; boundary=b')
  expect(head.toString()).toContain('name="file"; filename="a%22%0D%0AX: y.jpg"\r\n')
})
