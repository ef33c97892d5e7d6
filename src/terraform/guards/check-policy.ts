import { terraformFailures } from '../failures.ts';
import type { GuardFinding } from './finding.ts';

/** Throws LK-TF-037 when a rule forbids the plan, whatever label is there. */
export function checkPolicy(findings: readonly GuardFinding[]): void {
  const blocking = findings.filter(({ level }) => level === 'block');
  if (blocking.length > 0)
    throw terraformFailures.failure('policyBlocks', { what: `The policy forbids the plan: ${told(blocking)}.` });
}

/** `google_redis_instance.main would be destroyed (and 2 more)` */
export function told(findings: readonly GuardFinding[]): string {
  const [first] = findings;
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : '';
  const words = [first?.address, first?.message.replace(/\.$/, '')].filter((part) => part !== undefined).join(' ');
  return `${words}${more}`;
}
