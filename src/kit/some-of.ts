import { z } from 'zod'

/** An object of which any field may be absent, but not all. */
export function someOf<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const fields = Object.keys(shape).join(', ')
  return z
    .strictObject(shape)
    .refine((given) => Object.keys(given).length > 0, `has nothing to change: give at least one of ${fields}`)
    .meta({ minProperties: 1 })
}
