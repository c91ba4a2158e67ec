/** Put in place of these names when the agent is bundled: see scripts/build.mjs. */
declare const SLIPWAY_VERSION: string | undefined

/** The version of slipway that the agent is of. */
export const AGENT_VERSION = typeof SLIPWAY_VERSION === 'undefined' ? '0.0.0' : SLIPWAY_VERSION
