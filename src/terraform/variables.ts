import { inputFailures } from '../runner/failures.ts';
import { SECRET_VARIABLES } from './environment.ts';

/** Reads `NAME=VALUE` lines; throws LK-INPUT-002. Secrets have inputs of their own, which are masked. */
export function parseVariables(lines: readonly string[]): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const line of lines) {
    const [, name, value] = /^([A-Za-z_][\w-]*)\s*=\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      throw inputFailures.failure('invalid', {
        what: `The input \`variables\` has the line ${JSON.stringify(line)}. It takes lines of the form NAME=VALUE.`,
      });
    }
    if (name === SECRET_VARIABLES.key || name === SECRET_VARIABLES.secret) {
      throw inputFailures.failure('conflict', {
        what: `The input \`variables\` names ${name}, which is a secret.`,
        why: 'Values given there are part of the plan, which reviewers read.',
        fix: 'Give it to terraform-apply by `livekit-api-key` and `livekit-api-secret`; a plan needs neither.',
      });
    }
    variables[name] = value;
  }
  return variables;
}
