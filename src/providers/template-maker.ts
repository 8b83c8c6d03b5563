import type { DraftComponent, TemplateDraft } from '../domain/templates/draft.ts'
import type { MediaUpload, Refusal } from './contract.ts'

/** A template that was submitted, in one language. */
export interface SubmittedTemplate {
  language: string
  externalId: string
  /** The provider's word, such as PENDING, or APPROVED at once. */
  status: string
  reason: string | null
  category: string | null
}

/** A text that the provider writes itself, in one language. */
export interface TemplatePreview {
  language: string
  body: string | null
  footer: string | null
  buttons: string[]
}

/** Makes, changes and deletes the templates of a business. */
export interface TemplateMaker {
  /** Submits a template, an authentication template in all of its languages at once. */
  create(
    draft: TemplateDraft,
    signal: AbortSignal,
  ): Promise<{ ok: true; templates: SubmittedTemplate[] } | Refusal>
  /** Submits a change of one that exists. The provider judges it again. */
  change(
    template: {
      externalId: string
      name: string
      category?: string
      components?: DraftComponent[]
      ttlSeconds?: number
    },
    signal: AbortSignal,
  ): Promise<{ ok: true; status: string | null; reason: string | null } | Refusal>
  /** Deletes a template in one language, or with null in all of them. */
  remove(
    template: { name: string; externalId: string | null },
    signal: AbortSignal,
  ): Promise<{ ok: true } | Refusal>
  /** Gives a sample of a header's file to the provider; drafts name it by its handle. */
  uploadExample(file: MediaUpload, signal: AbortSignal): Promise<{ ok: true; handle: string } | Refusal>
  /** The text that the provider writes for an authentication template. */
  preview(
    draft: TemplateDraft,
    signal: AbortSignal,
  ): Promise<{ ok: true; previews: TemplatePreview[] } | Refusal>
}
