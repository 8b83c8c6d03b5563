import { endpoint, type Resource } from '../../../http/endpoint.ts'
import type { Context } from '../../../../context.ts'
import { findTemplates, getTemplate } from '../../../../services/templates/list.ts'
import { callerOf } from '../../../http/authenticate.ts'
import { refusals } from '../../plugins/envelope.ts'
import { presentLanguages, presentTemplates } from './present.ts'
import { templateAnswer, templateParams, templateQuery, templatesAnswer, templatesQuery } from './schema.ts'

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
    ],
  }
}
