import { businessNumber, mediaUrl, received, wamid, type InboundSample } from './sample.ts'

/** Messages that bring a file. `url` was added in 2025 and is absent in older callbacks. */
export const inboundMedia = [
  {
    name: 'image, with a caption',
    source: 'webhooks/reference/messages/image',
    certainty: 'example',
    payload: received('IMAGE', {
      type: 'image',
      image: {
        caption: 'The courtyard',
        mime_type: 'image/jpeg',
        sha256: 'TfInY0gGKTsJlUWbwxC1k+FAD0FZHvzwfpvO0zX0GUE=',
        id: '1103383421387299',
        url: mediaUrl,
      },
    }),
  },
  {
    name: 'image, without caption and url, forwarded',
    source: 'webhooks/reference/messages/image',
    certainty: 'composed',
    payload: received('IMAGEBARE', {
      context: { forwarded: true },
      type: 'image',
      image: {
        mime_type: 'image/jpeg',
        sha256: 'UfInY0gGKTsJlUWbwxC1k+FAD0FZHvzwfpvO0zX0GUE=',
        id: '1103383421387300',
      },
    }),
  },
  {
    name: 'video, with a caption',
    source: 'webhooks/reference/messages/video',
    certainty: 'example',
    payload: received('VIDEO', {
      type: 'video',
      video: {
        caption: 'How it grew',
        mime_type: 'video/mp4',
        sha256: 'wdGU5X4caz12KwFgYwpljlUNqMt1YnkH+5GkPc3mMnA=',
        id: '831675419373599',
        url: mediaUrl,
      },
    }),
  },
  {
    name: 'audio, a voice note',
    source: 'webhooks/reference/messages/audio',
    certainty: 'example',
    payload: received('VOICE', {
      type: 'audio',
      audio: {
        mime_type: 'audio/ogg; codecs=opus',
        sha256: 'xvqXMe6n7n1W0zphvLPoLj+s/NtKqmr3zZ7YzTP7xFA=',
        id: '2008647269898599',
        url: mediaUrl,
        voice: true,
      },
    }),
  },
  {
    name: 'audio, a file',
    source: 'webhooks/reference/messages/audio',
    certainty: 'composed',
    payload: received('AUDIO', {
      type: 'audio',
      audio: {
        mime_type: 'audio/mpeg',
        sha256: 'yvqXMe6n7n1W0zphvLPoLj+s/NtKqmr3zZ7YzTP7xFA=',
        id: '2008647269898600',
        url: mediaUrl,
        voice: false,
      },
    }),
  },
  {
    name: 'document, with caption and filename',
    source: 'webhooks/reference/messages/document',
    certainty: 'example',
    payload: received('DOCUMENT', {
      type: 'document',
      document: {
        caption: 'my invoice',
        filename: 'invoice 2025-11.pdf',
        mime_type: 'application/pdf',
        sha256: 'W5OPpLD/gEG6Xjg0MbmQDLFgcKsL+j5LfY4ny/pZ4MA=',
        id: '722684793477199',
        url: mediaUrl,
      },
    }),
  },
  {
    name: 'sticker, animated',
    source: 'webhooks/reference/messages/sticker',
    certainty: 'example',
    payload: received('STICKERMOVING', {
      type: 'sticker',
      sticker: {
        mime_type: 'image/webp',
        sha256: 'zvqXMe6n7n1W0zphvLPoLj+s/NtKqmr3zZ7YzTP7xFA=',
        id: '2108647269898599',
        url: mediaUrl,
        animated: true,
      },
    }),
  },
  {
    name: 'sticker, still, as a reply',
    source: 'webhooks/reference/messages/sticker',
    certainty: 'composed',
    payload: received('STICKER', {
      context: { from: businessNumber, id: wamid('OUTBOUND') },
      type: 'sticker',
      sticker: {
        mime_type: 'image/webp',
        sha256: 'avqXMe6n7n1W0zphvLPoLj+s/NtKqmr3zZ7YzTP7xFA=',
        id: '2108647269898600',
        animated: false,
      },
    }),
  },
  {
    // Larger than 100 MB: the file cannot be had.
    name: 'video, that Meta could not download',
    source: 'support/error-codes, 131052; business-phone-numbers/media',
    certainty: 'composed',
    payload: received('VIDEOLOST', {
      type: 'video',
      errors: [
        {
          code: 131052,
          title: 'Media download error',
          message: 'Media download error',
          error_data: { details: 'File size exceeds the limit. Please ask the user to send a smaller file.' },
        },
      ],
    }),
  },
] as const satisfies readonly InboundSample[]
