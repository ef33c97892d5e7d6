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

/** What the suite itself says of the backend; it reads the same state, for its proofs. */
const OWN_SETTINGS = ['bucket', 'prefix'];
/** Arguments of a program are seen by all, and by logs. */
const SECRET_SETTINGS: Readonly<Record<string, string>> = {
  access_token: 'GOOGLE_OAUTH_ACCESS_TOKEN',
  credentials: 'GOOGLE_BACKEND_CREDENTIALS',
  encryption_key: 'GOOGLE_ENCRYPTION_KEY',
};

/** Checks the lines `NAME=VALUE` of the input `backend-config`; throws LK-INPUT-002 and -003. */
export function checkBackendConfig(lines: readonly string[]): void {
  for (const line of lines) {
    const name = /^([a-z_]+)\s*=/.exec(line)?.[1];
    if (name === undefined) {
      throw inputFailures.failure('invalid', {
        what: 'The input `backend-config` has a line that is not of the form NAME=VALUE.',
      });
    }
    if (OWN_SETTINGS.includes(name)) {
      throw inputFailures.failure('conflict', {
        what: `The input \`backend-config\` sets ${name}, which comes from the inputs \`bucket\` and \`environment\`.`,
        why: 'Plan and apply prove the state that lies there; Terraform would work on another one.',
        fix: `Remove the line ${name}, and set \`bucket\` or \`environment\`.`,
      });
    }
    const variable = SECRET_SETTINGS[name];
    if (variable !== undefined) {
      throw inputFailures.failure('conflict', {
        what: `The input \`backend-config\` sets ${name}, which is a secret.`,
        why: 'Backend settings are arguments of the command, which every process on the machine can read.',
        fix: `Set the variable ${variable} in the step’s \`env:\` instead.`,
      });
    }
  }
}
