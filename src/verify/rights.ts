import { Failure } from '../failure/failure.ts';
import { kubernetesFailures } from '../kubernetes/failures.ts';
import type { Check, Result } from './check.ts';

/** `undefined` for what this identity may not read. */
export async function ifAllowed<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}

/** What a check says that may not look: nothing about the environment. */
export function mayNotLook(evidence: string): Result {
  return {
    verdict: 'skip',
    final: true,
    evidence,
    cause: 'The identity that verifies may not read these objects in the cluster.',
    fix: 'Let it (roles/container.viewer, or a Role in the namespace, see terraform/bootstrap/kubernetes-access.yaml), or leave this check out by the input `checks`.',
  };
}

function isForbidden(error: unknown): error is Failure {
  return error instanceof Failure && error.code === kubernetesFailures.code('forbidden');
}

/** The check, for which a missing right to look is no fault of the environment: it then says nothing about it. */
export function asFarAsAllowed(check: Check): Check {
  return {
    ...check,
    async run(world, signal) {
      try {
        return await check.run(world, signal);
      } catch (error) {
        if (!isForbidden(error)) throw error;
        return mayNotLook(error.message);
      }
    },
  };
}
