import { endpoint, type Resource } from '../../../http/endpoint.ts'
import type { Context } from '../../../../context.ts'
import { draftFrom } from '../../../../domain/templates/draft.ts'
import { findTemplates, getTemplate } from '../../../../services/templates/list.ts'
import {
  changeTemplate,
  createTemplate,
  previewTemplate,
  removeTemplate,
} from '../../../../services/templates/make.ts'
import { callerOf } from '../../../http/authenticate.ts'
import { refusals } from '../../plugins/envelope.ts'
import { presentLanguages, presentTemplate, presentTemplates } from './present.ts'
import {
  changedAnswer,
  changeQuery,
  draftBody,
  patchBody,
  previewAnswer,
  removedAnswer,
  submittedAnswer,
  templateAnswer,
  templateParams,
  templateQuery,
  templatesAnswer,
  templatesQuery,
} from './schema.ts'

export function templateEndpoints(ctx: Context): Resource {
  return {
    endpoints: [
      endpoint({
        method: 'GET',
        path: '/templates',
        operationId: 'templates.list',
        scope: 'read',
        schema: {
          tags: ['Templates'],
          summary: 'List your templates',
          description:
            'By name and language, a page at a time, as Meta has them: read from Meta at most every few minutes, ' +
            'and at once when Meta tells of a change. A send that does not fit its template is refused.',
          querystring: templatesQuery,
          response: { 200: templatesAnswer, ...refusals(400, 404, 409, 422) },
        },
        handler: async (request) => {
          const {
            session = null,
            name = null,
            status,
            language = null,
            cursor = null,
            ...rest
          } = request.query
          const wanted = { session, name, status: status?.toUpperCase() ?? null, language, cursor, ...rest }
          return presentTemplates(await findTemplates(ctx, callerOf(request), wanted))
        },
      }),

      endpoint({
        method: 'GET',
        path: '/templates/:name',
        operationId: 'templates.get',
        scope: 'read',
        schema: {
          tags: ['Templates'],
          summary: 'Read a template',
          description: 'In all its languages.',
          params: templateParams,
          querystring: templateQuery,
          response: { 200: templateAnswer, ...refusals(400, 404, 409, 422) },
        },
        handler: async (request) => {
          const { name } = request.params
          const { session = null } = request.query
          return presentLanguages(name, await getTemplate(ctx, callerOf(request), { name, session }))
        },
      }),

      endpoint({
        method: 'POST',
        path: '/templates',
        operationId: 'templates.create',
        scope: 'manage',
        schema: {
          tags: ['Templates'],
          summary: 'Make a template',
          description:
            'Submits it to Meta for approval, in Meta’s shape and with an example for each variable. What Meta decides ' +
            'comes as `template.status_updated`, with the reason where it is rejected. The sandbox decides at once by ' +
            'the name: one with `reject` in it is rejected, one with `pending` waits, any other is approved.',
          body: draftBody,
          response: { 201: submittedAnswer, ...refusals(400, 404, 409, 413, 415, 422) },
        },
        handler: async (request, reply) => {
          const { session = null, ...draft } = request.body
          const wanted = { session, draft: draftFrom(draft) }
          const languages = await createTemplate(ctx, callerOf(request), wanted)
          const data = { name: draft.name, languages: languages.map(presentTemplate) }
          return reply.code(201).send({ success: true, data })
        },
      }),

      endpoint({
        method: 'POST',
        path: '/templates/preview',
        operationId: 'templates.preview',
        scope: 'read',
        schema: {
          tags: ['Templates'],
          summary: 'Preview a template',
          description:
            'Takes what makes a template and shows how it would read, with its examples filled in, without submitting ' +
            'it. Of an authentication template Meta’s own words are shown.',
          body: draftBody,
          response: { 200: previewAnswer, ...refusals(400, 404, 409, 413, 415, 422) },
        },
        handler: async (request) => {
          const { session = null, ...draft } = request.body
          const wanted = { session, draft: draftFrom(draft) }
          const previews = await previewTemplate(ctx, callerOf(request), wanted)
          return { success: true as const, data: { previews } }
        },
      }),

      endpoint({
        method: 'PATCH',
        path: '/templates/:name',
        operationId: 'templates.change',
        scope: 'manage',
        schema: {
          tags: ['Templates'],
          summary: 'Change a template',
          description:
            'By its name or Meta’s id of it. Meta judges it again. `components` takes the place of all that it had.',
          params: templateParams,
          querystring: changeQuery,
          body: patchBody,
          response: { 200: changedAnswer, ...refusals(400, 404, 409, 413, 415, 422) },
        },
        handler: async (request) => {
          const wanted = { ...whichOf(request), patch: request.body }
          const template = await changeTemplate(ctx, callerOf(request), wanted)
          return { success: true as const, data: presentTemplate(template) }
        },
      }),

      endpoint({
        method: 'DELETE',
        path: '/templates/:name',
        operationId: 'templates.remove',
        scope: 'manage',
        schema: {
          tags: ['Templates'],
          summary: 'Delete a template',
          description:
            'By its name: in all its languages, or in `language` alone. By Meta’s id of it: that one.',
          params: templateParams,
          querystring: changeQuery,
          response: { 200: removedAnswer, ...refusals(400, 404, 409, 422) },
        },
        handler: async (request) => {
          const data = await removeTemplate(ctx, callerOf(request), whichOf(request))
          return { success: true as const, data }
        },
      }),
    ],
  }
}

function whichOf({
  params,
  query,
}: {
  params: { name: string }
  query: { session?: string | undefined; language?: string | undefined }
}) {
  return { nameOrId: params.name, session: query.session ?? null, language: query.language ?? null }
}
