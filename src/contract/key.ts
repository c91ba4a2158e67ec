import * as z from 'zod/mini'

/**
 * Which key a login came with: one for a service, or, where that is null, one that was granted by name to do more: see
 * docs/access.md.
 */
export const keySchema = z.object({ service: z.nullable(z.string()), name: z.string() })
export type Key = z.infer<typeof keySchema>

/** The same, with what it may do. */
export const keyRightsSchema = z.object({
  ...keySchema.shape,
  /** The services that it may deploy. */
  services: z.array(z.string()),
  /** Whether it may look at all of the host. */
  observe: z.boolean(),
})
export type KeyRights = z.infer<typeof keyRightsSchema>

/** What a key may do, in words; it does nothing else. */
export function keyRightsText({ services, observe }: Pick<KeyRights, 'services' | 'observe'>): string {
  const may = [
    ...(observe ? ['looks at the host'] : []),
    ...(services.length > 0 ? [`deploys ${services.join(', ')}`] : []),
  ]
  return may.join(' and ') || 'deploys nothing'
}
