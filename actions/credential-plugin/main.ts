import { reason } from '../../src/failure/failure.ts';
import { signIn, withFile } from '../../src/google/identity.ts';
import { execCredential } from '../../src/kubernetes/credential-plugin.ts';
import { announceNothing, redact } from '../../src/runner/mask.ts';

/**
 * The kubeconfig's exec plug-in: prints a fresh token of the identity whose credentials file it is given, and nothing else,
 * since its standard output is what the client parses. Not an action; started by helm and kubectl.
 */
export async function main(): Promise<void> {
  announceNothing();
  try {
    process.stdout.write(`${execCredential(await accessToken(), new Date())}\n`);
  } catch (error) {
    // The client shows these words in front of its own; a stack trace would bury them.
    process.stderr.write(`${redact(reason(error))}\n`);
    process.exitCode = 1;
  }
}

async function accessToken(): Promise<string> {
  const file = process.env['GOOGLE_APPLICATION_CREDENTIALS'];
  const identity =
    file === undefined || file === ''
      ? await signIn({
          workloadIdentityProvider: undefined,
          serviceAccount: undefined,
          idToken: undefined,
          existingCredentialsFile: undefined,
          temporaryDirectory: '',
          endpoints: {},
          allowDefaultCredentials: true,
        })
      : await withFile(file, false, undefined);
  return identity.accessToken();
}
