import * as z from 'zod/mini'

/** What a host tells of an activation, in the order in which it may come. */
export const EVENT_STEPS = [
  'serving',
  'refused',
  'starting',
  'checking',
  'active',
  'waiting',
  'unguarded',
  'confirmed',
  'watching',
  'reboot-needed',
  'hooked',
  'draining',
  'held',
  'note',
  'done',
  'failed',
  'journal',
  'reverted',
  'revert-failed',
  'left',
  'recovering',
  'ended',
] as const
export type EventStep = (typeof EVENT_STEPS)[number]

export const eventSchema = z.strictObject({
  /** The service or system it is about; empty for the activation as a whole. */
  item: z.string(),
  step: z.enum(EVENT_STEPS),
  detail: z.nullable(z.string()),
})
export type HostEvent = z.infer<typeof eventSchema>
