/** The steps that only systems take. */
export const SYSTEM_STEPS = ['profile', 'switch']
