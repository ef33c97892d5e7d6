import { reason } from '../../src/failure/failure.ts';
import { execCredential, TOKEN_SOCKET } from '../../src/kubernetes/credential-plugin.ts';
import { askToken } from '../../src/kubernetes/token-socket.ts';
import { announceNothing, redact } from '../../src/runner/mask.ts';

/**
 * The kubeconfig's exec plug-in: prints a fresh token of the identity whose credentials file it is given, and nothing else,
 * since its standard output is what the client parses. The step that started the client has a token at hand and gives it by a
 * socket; once that step is gone, the plug-in signs in by itself. Not an action; started by helm and kubectl.
 */
export async function main(): Promise<void> {
  announceNothing();
  try {
    const socket = process.env[TOKEN_SOCKET] ?? '';
    const kept = socket === '' ? undefined : await askToken(socket);
    const token = kept ?? (await accessToken());
    process.stdout.write(`${execCredential(token, new Date(), kept !== undefined)}\n`);
  } catch (error) {
    // The client shows these words in front of its own; a stack trace would bury them.
    process.stderr.write(`${redact(reason(error))}\n`);
    process.exitCode = 1;
  }
}

async function accessToken(): Promise<string> {
  const { signIn, withFile } = await import('../../src/google/identity.ts');
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
