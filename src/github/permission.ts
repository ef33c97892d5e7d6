import { z } from 'zod';
import { Failure } from '../failure/failure.ts';
import type { GitHubClient } from './client.ts';
import { githubFailures } from './failures.ts';

/** GitHub's older words, to which newer and own roles are reduced: maintain to write, triage to read. */
const permissionSchema = z.object({ permission: z.enum(['admin', 'write', 'read', 'none']) });

/**
 * Whether a user may push to the repository. Calls `GET /repos/{owner}/{repo}/collaborators/{username}/permission`.
 * Throws LK-GITHUB-002 to -008 and -011.
 */
export async function mayWrite(github: GitHubClient, username: string): Promise<boolean> {
  let answer: unknown;
  try {
    answer = await github.call(
      { what: `the permission of ${username}`, permission: 'metadata: read' },
      async (octokit, at) => (await octokit.rest.repos.getCollaboratorPermissionLevel({ ...at, username })).data,
    );
  } catch (error) {
    // An account that is gone, or none of the repository's.
    if (error instanceof Failure && error.code === githubFailures.code('notFound')) return false;
    throw error;
  }
  const parsed = permissionSchema.safeParse(answer);
  if (!parsed.success)
    throw githubFailures.failure('answer', {
      what: `GitHub’s answer for the permission of ${username} lacks the permission.`,
    });
  return parsed.data.permission === 'admin' || parsed.data.permission === 'write';
}
