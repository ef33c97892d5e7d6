import { terraformFailures } from '../failures.ts';

/**
 * A protected environment is applied only by a job in the GitHub environment of the same name, whose reviewers and branch
 * rules stand before it. `actual` is what the job's OIDC token says. Throws LK-TF-039.
 */
export function checkGitHubEnvironment(
  environment: string,
  protectedEnvironments: readonly string[],
  actual: string | undefined,
): void {
  // GitHub takes the names of its environments in any case.
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  if (!protectedEnvironments.some((name) => same(name, environment))) return;
  if (actual !== undefined && same(actual, environment)) return;
  throw terraformFailures.failure('githubEnvironment', {
    what: `The job that applies ${environment} runs in ${actual === undefined ? 'no GitHub environment' : `the GitHub environment ${actual}`}, not in ${environment}.`,
    fix: `Add \`environment: ${environment}\` to the job, and \`permissions: { id-token: write }\`, by which the action sees it.`,
  });
}
