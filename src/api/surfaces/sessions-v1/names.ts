/** The name of the surface, and of the namespace of its session keys. */
export const surfaceName = 'sessions-v1'

/** The heading of its operations in the OpenAPI document. */
export const tag = 'Sessions v1'

/** All that its operations have in common in the document. */
export const documented = { tags: [tag], security: [{ sessionsV1Key: [] as string[] }] }
