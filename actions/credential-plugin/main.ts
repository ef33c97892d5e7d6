import { execCredential, TOKEN_SOCKET } from '../../src/kubernetes/credential-plugin.ts';
import { askToken } from '../../src/kubernetes/token-socket.ts';

/**
 * The kubeconfig's exec plug-in: prints a token of the identity whose credentials file it is given, and nothing else, since
 * its standard output is what the client parses. The step that started the client has a token at hand and gives it by a
 * socket; once that step is gone, the plug-in signs in by itself. Not an action; started by helm and kubectl, for each of
 * their commands: so nothing is loaded that is not needed.
 */
export async function main(): Promise<void> {
  const socket = process.env[TOKEN_SOCKET] ?? '';
  const kept = socket === '' ? undefined : await askToken(socket);
  if (kept === undefined) return signInAlone();
  print(execCredential(kept, new Date(), true));
}

const print = (credential: string) => process.stdout.write(`${credential}\n`);

async function signInAlone(): Promise<void> {
  const { announceNothing, redact } = await import('../../src/runner/mask.ts');
  announceNothing();
  try {
    print(execCredential(await accessToken(), new Date()));
  } catch (error) {
    const { reason } = await import('../../src/failure/failure.ts');
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
