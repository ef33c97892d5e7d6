import type { Envelope } from './envelope.ts';
import { terraformFailures } from './failures.ts';

/** What a plan leaves out or makes anew by request, and why. */
export type PlanException = NonNullable<Envelope['exception']>;

/** `undefined` for a plan of everything; throws LK-TF-040 when targets or replacements come without a reason. */
export function planException(
  reason: string | undefined,
  targets: readonly string[],
  replace: readonly string[],
): PlanException | undefined {
  if (targets.length + replace.length === 0) return undefined;
  if (reason !== undefined) return { reason, targets: [...targets], replace: [...replace] };
  const input = targets.length > 0 ? 'target' : 'replace';
  throw terraformFailures.failure('exceptionMissing', {
    what: `The input \`${input}\` is given, but \`exception\` does not say why.`,
  });
}
