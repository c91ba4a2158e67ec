import { attributePath } from './attribute-path.js'
import type { Service } from './types.js'

/** What a module says itself. */
const OF_MODULES = ['package', 'run'] as const

type Contradiction = { field: keyof Service | string; message: string }

/** Fields of a service that do not go with its `module`, or without one. */
export function moduleContradictions(service: Omit<Service, 'kind'>): Contradiction[] {
  const { module, settings } = service
  if (module === undefined) {
    return [
      ...(service.package === undefined
        ? [{ field: 'package', message: 'is missing, and there is no `module`' }]
        : []),
      ...(settings === undefined
        ? []
        : [{ field: 'settings', message: 'are of a `module`, and there is none' }]),
    ]
  }
  return [
    ...OF_MODULES.filter((field) => service[field] !== undefined).map((field) => ({
      field,
      message: 'is what `module` says: take one of them away',
    })),
    ...Object.keys(settings ?? {})
      .filter((option) => attributePath(option) === undefined)
      .map((option) => ({ field: 'settings', message: `"${option}" is no name of an option` })),
  ]
}
