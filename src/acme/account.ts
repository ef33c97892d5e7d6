import { z } from 'zod';
import { Failure } from '../failure/failure.ts';
import { acmeFailures } from './failures.ts';
import { failureOf, Problem, words } from './problem.ts';
import { type AcmeClient, connect, type Connection, type ExternalAccount, parseAnswer, type Server } from './server.ts';

export interface Account {
  readonly client: AcmeClient;
  readonly url: string;
  /** True when it was made just now. */
  readonly isNew: boolean;
}

const accountSchema = z.object({ status: z.string(), contact: z.array(z.string()).optional() });

/** Finds the account of a key, or makes it. Throws LK-ACME-005, -006, -007, -024. */
export async function openAccount(
  connection: Connection,
  accountKey: string,
  options: { externalAccount?: ExternalAccount | undefined; contact?: readonly string[] | undefined },
): Promise<Account> {
  const { host, directory } = connection;
  const found = await findAccount(connection, accountKey);
  const contact = (options.contact ?? []).map((address) => (address.includes(':') ? address : `mailto:${address}`));
  if (found !== undefined) {
    await updateContact(found.client, found.contact, contact);
    return { client: found.client, url: found.url, isNew: false };
  }
  if (directory.meta.externalAccountRequired && options.externalAccount === undefined) {
    throw acmeFailures.failure('externalAccount', {
      what: `${host} makes an account only for those who have one there already (EAB), and no binding was given.`,
    });
  }
  const client = connection.client(accountKey, { externalAccount: options.externalAccount });
  try {
    const account = await client.createAccount({
      termsOfServiceAgreed: true,
      ...(contact.length === 0 ? {} : { contact }),
    });
    checkStatus(parseAnswer(accountSchema, account, host, 'the new account').status, host);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    // A wrong binding is refused as malformed or unauthorized.
    throw failureOf(
      error,
      host,
      'the new account',
      options.externalAccount === undefined ? 'account' : 'externalAccount',
    );
  }
  return { client, url: client.getAccountUrl(), isNew: true };
}

async function findAccount(
  connection: Connection,
  accountKey: string,
): Promise<{ client: AcmeClient; url: string; contact: readonly string[] | undefined } | undefined> {
  const client = connection.client(accountKey);
  try {
    const answer = await client.createAccount({ onlyReturnExisting: true });
    const { status, contact } = parseAnswer(accountSchema, answer, connection.host, 'the account');
    checkStatus(status, connection.host);
    return { client, url: client.getAccountUrl(), contact };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.kind === 'accountDoesNotExist') return undefined;
    throw failureOf(error, connection.host, 'the account', 'account');
  }
}

function checkStatus(status: string, host: string): void {
  if (status === 'valid') return;
  throw acmeFailures.failure('account', {
    what: `The account at ${host} is ${status}, so nothing can be ordered with it.`,
  });
}

/** Some authorities keep no contacts; only one that they show is changed, and a refusal stops nothing. */
async function updateContact(
  client: AcmeClient,
  present: readonly string[] | undefined,
  wanted: readonly string[],
): Promise<void> {
  if (present === undefined || wanted.length === 0) return;
  if ([...present].sort().join() === [...wanted].sort().join()) return;
  await client.updateAccount({ contact: [...wanted] }).catch((error: unknown) => {
    if (!(error instanceof Problem)) throw error;
  });
}

/**
 * Changes the account's key (RFC 8555, section 7.3.5). Can be repeated: where only the new key is known any more, it is done.
 * Keep the new key before this is called, drop the old one after. Throws LK-ACME-021.
 */
export async function rotateAccountKey(options: {
  readonly server: Server;
  readonly accountKey: string;
  readonly newAccountKey: string;
  readonly signal: AbortSignal;
}): Promise<{ accountUrl: string }> {
  const connection = await connect(options.server, options.signal);
  try {
    const { host, directory } = connection;
    if (directory.keyChange === undefined) {
      throw acmeFailures.failure('keyChange', { what: `${host} does not offer to change an account’s key.` });
    }
    const old = await findAccount(connection, options.accountKey);
    if (old === undefined) {
      const changed = await findAccount(connection, options.newAccountKey);
      if (changed !== undefined) return { accountUrl: changed.url };
      throw acmeFailures.failure('keyChange', {
        what: `${host} knows an account neither of the old key nor of the new one.`,
        fix: 'Order with the new key: it makes a new account.',
      });
    }
    const next = connection.client(options.newAccountKey, { accountUrl: old.url });
    const inner = next.http.createSignedBody(directory.keyChange, {
      account: old.url,
      oldKey: old.client.http.getJwk(),
    });
    try {
      await old.client.api.updateAccountKey(inner);
    } catch (error) {
      // The answer may have been lost after the change was made.
      const changed = await findAccount(connection, options.newAccountKey).catch(() => undefined);
      if (changed?.url === old.url) return { accountUrl: old.url };
      if (error instanceof Failure || !(error instanceof Problem)) throw error;
      if (error.kind === 'rateLimited' || error.status >= 500) throw failureOf(error, host, 'the new account key');
      throw acmeFailures.failure('keyChange', {
        what: `${host} refused the new account key: ${words(error)}.`,
        cause: error,
      });
    }
    return { accountUrl: old.url };
  } finally {
    connection.close();
  }
}
