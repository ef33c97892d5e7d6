import { text } from 'node:stream/consumers';
import { mintCredentials } from '../../src/verify/turn/ephemeral.ts';

const USER = /^[\w.@-]{1,64}$/;

/**
 * Prints credentials for the add-on turn-server as JSON. The shared secret comes from Secret Manager (its id in TURN_SECRET_ID) or from
 * standard input, never from an argument. Not an action; helm/scripts/turn-credentials.sh starts it.
 */
export async function main(): Promise<void> {
  try {
    const [user = 'test', seconds = '3600'] = process.argv.slice(2);
    if (!USER.test(user)) return refuse('The user is 1 to 64 letters, digits and signs of . _ @ -');
    if (!/^\d{1,6}$/.test(seconds) || Number(seconds) < 1)
      return refuse('The seconds are a whole number from 1 to 999999.');
    const secret = (await readSecret(process.env['TURN_SECRET_ID'] ?? '')).trim();
    if (secret === '') return refuse('The shared secret is empty: give it on standard input, or TURN_SECRET_ID.');
    const end = Math.floor(Date.now() / 1000) + Number(seconds);
    const { username, password } = mintCredentials(secret, user, end);
    const domain = process.env['TURN_DOMAIN'] ?? '';
    const urls =
      domain === '' ? {} : { urls: [`turn:${domain}:3478?transport=udp`, `turn:${domain}:3478?transport=tcp`] };
    const server = { ...urls, username, credential: password, expires: new Date(end * 1000).toISOString() };
    process.stdout.write(`${JSON.stringify(server, null, 2)}\n`);
  } catch (error) {
    const { reason } = await import('../../src/failure/failure.ts');
    return refuse(reason(error));
  }
}

async function readSecret(id: string): Promise<string> {
  if (id === '') return text(process.stdin);
  const { announceNothing } = await import('../../src/runner/mask.ts');
  // Standard output is read by a program.
  announceNothing();
  const { parseEndpoints } = await import('../../src/google/endpoints.ts');
  const { signIn } = await import('../../src/google/identity.ts');
  const { googleClient } = await import('../../src/google/request.ts');
  const { readSecret: read } = await import('../../src/google/secret.ts');
  const endpoints = parseEndpoints(process.env['LIVEKIT_GKE_ENDPOINTS'] ?? '');
  const identity = await signIn({
    workloadIdentityProvider: undefined,
    serviceAccount: undefined,
    idToken: undefined,
    existingCredentialsFile: process.env['GOOGLE_APPLICATION_CREDENTIALS'],
    temporaryDirectory: '',
    endpoints,
    allowDefaultCredentials: true,
  });
  return (await read(googleClient(identity, endpoints), id, 'latest')).value;
}

function refuse(what: string): void {
  process.stderr.write(`${what}\n`);
  process.exitCode = 2;
}
