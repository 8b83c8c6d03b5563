import { sample, table, text, type Section } from './blocks.ts'

export const files = (base: string): Section => ({
  id: 'files',
  title: 'Files',
  blocks: [
    text(
      'Send a file that is on the web by its `url`, which WhatsApp fetches itself. Upload any other; a form with ' +
        'the field `file` works too:',
    ),
    sample(
      { id: 'upload', method: 'POST', path: '/media', file: { name: 'photo.jpg', type: 'image/jpeg' } },
      {
        success: true,
        data: {
          id: '1037543291543636',
          kind: 'image',
          mimeType: 'image/jpeg',
          size: 48213,
          expiresAt: '2026-04-27T10:00:00.000Z',
        },
      },
    ),
    text('Meta keeps it for 30 days, for the number that it was uploaded for. Send it by its id:'),
    sample({
      id: 'send-file',
      method: 'POST',
      path: '/send-message',
      body: {
        to: '14155552671',
        media: { type: 'image', mediaId: '1037543291543636', caption: 'Your order' },
      },
      shows: 'id',
    }),
    table(
      ['Kind', 'Types', 'At most'],
      [
        ['`image`', 'JPEG, PNG', '5 MB'],
        ['`sticker`', 'WebP', '500 KB; 100 KB if it does not move'],
        ['`audio`', 'AAC, AMR, MP3, MP4, OGG (Opus)', '16 MB'],
        ['`video`', 'MP4, 3GPP', '16 MB'],
        ['`document`', 'PDF, TXT, Word, Excel, PowerPoint', '100 MB'],
      ],
    ),
    text('The file that a customer sent, within 7 days of its arrival:'),
    {
      kind: 'program',
      texts: {
        curl: `curl -OJ "${base}/messages/$MESSAGE_ID/media" -H "Authorization: Bearer $HERMOD_KEY"`,
      },
    },
  ],
})
