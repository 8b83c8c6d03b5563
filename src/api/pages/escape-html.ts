import MarkdownIt from 'markdown-it'

/** Text as it may stand in HTML, attributes included. */
export function escapeHtml(text: string): string {
  return new MarkdownIt().utils.escapeHtml(text)
}
