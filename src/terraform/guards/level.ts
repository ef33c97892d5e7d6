/** `block` is never applied, `needs-label` only when a person with write access allows it, `warn` is only told. */
export const GUARD_LEVELS = ['block', 'needs-label', 'warn'] as const;

export type GuardLevel = (typeof GUARD_LEVELS)[number];
