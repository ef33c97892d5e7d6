import type { Context } from '../runner/context.ts';
import type { Endpoints } from './endpoints.ts';
import { type Identity, signIn } from './identity.ts';

/** The inputs that say as whom a job acts. */
export interface IdentityInputs {
  readonly workloadIdentityProvider: string | undefined;
  readonly serviceAccount: string | undefined;
}

/** Signs a job in by its inputs, else by what it has. `remember` keeps the credentials file that post must take away. */
export async function jobIdentity(
  { workloadIdentityProvider, serviceAccount }: IdentityInputs,
  context: Context,
  endpoints: Endpoints,
  remember: (name: string, value: string) => void,
): Promise<Identity> {
  const identity = await signIn({
    workloadIdentityProvider,
    serviceAccount,
    idToken: context.idToken,
    existingCredentialsFile: context.googleCredentialsFile,
    temporaryDirectory: context.temporaryDirectory,
    endpoints,
    allowDefaultCredentials: !context.onGitHub,
  });
  if (identity.ownsFile) remember('credentials-file', identity.credentialsFile ?? '');
  return identity;
}
