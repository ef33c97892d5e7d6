import { Failure, reason } from '../failure/failure.ts';
import { openAccount } from './account.ts';
import { type Attempt, headroom } from './attempt.ts';
import { checkCaa } from './caa.ts';
import { checkClock, checkProfile } from './directory.ts';
import type { Lookup } from './dns01/lookup.ts';
import type { DnsSolver } from './dns01/solver.ts';
import { acmeFailures } from './failures.ts';
import { createPrivateKey, type KeyType } from './key.ts';
import { authorize, createOrder, finalize, type Ordering } from './order.ts';
import { failureOf, Problem, rateLimited } from './problem.ts';
import { connect, type ExternalAccount, type Server, stopped } from './server.ts';

export interface IssueOptions {
  readonly server: Server;
  /** PEM: one for each environment, kept by the caller. */
  readonly accountKey: string;
  /** Only needed for an account that is new. */
  readonly externalAccount?: ExternalAccount | undefined;
  /** E-mail addresses. */
  readonly contact?: readonly string[] | undefined;
  /** Wildcards too. */
  readonly names: readonly string[];
  readonly keyType: KeyType;
  readonly profile?: string | undefined;
  /** The id of the certificate that this one renews. */
  readonly replaces?: string | undefined;
  readonly solver: DnsSolver;
  readonly lookup: Pick<Lookup, 'caa'>;
  /** Earlier orders, so that a rate limit is not run into knowingly. */
  readonly history?: readonly Attempt[] | undefined;
  /** For all of it. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  readonly progress?: ((sentence: string) => void) | undefined;
}

export interface IssuedCertificate {
  /** The certificate first, then those up to the issuer's root. Not verified here. */
  readonly certificateChainPem: string;
  /** PEM, PKCS #8; masked. */
  readonly privateKeyPem: string;
  readonly accountUrl: string;
  readonly orderUrl: string;
  /** Whether the authority took it as a renewal (`replaces`), so that it counts against no limit. */
  readonly isRenewal: boolean;
  /** Sentences that deserve a warning, though all went well. */
  readonly notes: readonly string[];
}

/**
 * Orders a certificate (RFC 8555) with challenges answered by `solver`. Everything that can be known is checked before the
 * order; the challenges' records are removed however it ends. Throws LK-ACME-…; whatever is stored elsewhere is not touched.
 */
export async function issueCertificate(options: IssueOptions): Promise<IssuedCertificate> {
  const { solver, progress = () => undefined, accountKey, replaces } = options;
  const names = checkNames(options.names);
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutSeconds * 1000)]);
  const connection = await connect(options.server, signal);
  const { host, directory } = connection;
  const notes: string[] = [];
  try {
    const result = await cleaned(solver, notes, async () => {
      checkClock(host, connection.date, new Date());
      checkProfile(directory, host, options.profile);
      await solver.prepare(names, signal);
      const account = await openAccount(connection, accountKey, options);
      progress(`${account.isNew ? 'New account' : 'Account'} ${account.url}.`);
      const { caaIdentities: identities } = directory.meta;
      notes.push(...(await checkCaa(names, { identities, accountUrl: account.url, host, lookup: options.lookup })));
      const room = headroom(options.server.directoryUrl, options.history ?? [], names, new Date());
      if (replaces === undefined && !room.isFree) throw rateLimited(room.sentence, room.tryAgainAt);
      const leftovers = await solver.removeLeftovers();
      if (leftovers > 0) progress(`Removed ${leftovers} records that an earlier run left behind.`);

      const ordering: Ordering = { connection, account, signal, progress };
      const { order, isRenewal } = await createOrder(ordering, { names, profile: options.profile, replaces });
      progress(`Ordered ${names.join(', ')}${isRenewal ? ' as a renewal' : ''}: ${order.url}.`);
      await authorize(ordering, order, solver);
      progress(`${host} verified all names.`);
      const privateKeyPem = await createPrivateKey(options.keyType);
      const certificateChainPem = await finalize(ordering, order, await certificateRequest(names, privateKeyPem));
      progress(`${host} issued the certificate.`);
      return { certificateChainPem, privateKeyPem, accountUrl: account.url, orderUrl: order.url, isRenewal };
    });
    return { ...result, notes };
  } catch (error) {
    // Whatever was under way when the signal came says something of its own.
    if (signal.aborted) throw stopped(signal, host);
    throw error instanceof Problem ? failureOf(error, host, `the order for ${names.join(', ')}`) : error;
  } finally {
    connection.close();
  }
}

/** Runs the work and removes the challenges' records after it; that they could not be is only a note. */
async function cleaned<T>(solver: DnsSolver, notes: string[], work: () => Promise<T>): Promise<T> {
  let failure: unknown;
  try {
    return await work();
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    try {
      await solver.cleanUp();
    } catch (error) {
      if (failure === undefined) notes.push(reason(error));
      else if (failure instanceof Failure) annotate(failure, reason(error));
    }
  }
}

/** Adds to the sentence of a failure that is on its way. */
function annotate(failure: Failure, sentence: string): void {
  failure.message = `${failure.message} Besides: ${sentence}`;
}

/**
 * All names as alternative names, and no common name: some profiles leave it out, and the others take the first of the names
 * by themselves.
 */
async function certificateRequest(names: readonly string[], privateKeyPem: string): Promise<string> {
  const { crypto } = await import('acme-client');
  const [, csr] = await crypto.createCsr({ altNames: [...names] }, privateKeyPem);
  return csr.toString();
}

const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
const LARGEST_ORDER = 100;

/** The names in lower case, each once. Throws LK-ACME-023. */
function checkNames(names: readonly string[]): readonly string[] {
  const unique = [...new Set(names.map((name) => name.trim().toLowerCase()))];
  if (unique.length === 0 || unique.length > LARGEST_ORDER) {
    throw acmeFailures.failure('names', {
      what: `A certificate has 1 to ${LARGEST_ORDER} names, and ${unique.length} were given.`,
    });
  }
  for (const name of unique) {
    const labels = name.replace(/^\*\./, '').split('.');
    if (
      name.length > 253 ||
      labels.length < 2 ||
      !labels.every((label) => LABEL.test(label)) ||
      /^\d+$/.test(labels.at(-1) ?? '')
    ) {
      throw acmeFailures.failure('names', { what: `${JSON.stringify(name)} is no name that a certificate can have.` });
    }
  }
  const covered = unique.find(
    (name) => !name.startsWith('*.') && unique.includes(`*.${name.split('.').slice(1).join('.')}`),
  );
  if (covered !== undefined) {
    throw acmeFailures.failure('names', {
      what: `${covered} is covered by the wildcard beside it, and authorities refuse both in one certificate.`,
      fix: `Leave ${covered} out of the input \`domains\`.`,
    });
  }
  return unique;
}
