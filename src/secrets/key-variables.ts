/** A key in the environment: for CI, which has no home to keep it in. */
export const KEY_VARIABLE = 'SLIPWAY_AGE_KEY'
/** Names a file with keys. */
export const KEY_FILE_VARIABLE = 'SLIPWAY_AGE_KEY_FILE'
