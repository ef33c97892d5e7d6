import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Account } from './account.ts';
import { acmeFailures } from './failures.ts';
import type { Challenge, DnsSolver } from './dns01/solver.ts';
import { failureOf, Problem, problemSchema, words } from './problem.ts';
import { type Connection, parseAnswer, stopped } from './server.ts';

const orderSchema = z.object({
  url: z.url(),
  status: z.enum(['pending', 'ready', 'processing', 'valid', 'invalid']),
  authorizations: z.array(z.url()).min(1),
  finalize: z.url(),
  certificate: z.url().optional(),
  error: problemSchema.optional(),
});
export type Order = z.output<typeof orderSchema>;

const authorizationSchema = z.object({
  url: z.url(),
  status: z.enum(['pending', 'valid', 'invalid', 'deactivated', 'expired', 'revoked']),
  identifier: z.object({ type: z.string(), value: z.string() }),
  wildcard: z.boolean().default(false),
  challenges: z
    .array(
      z.looseObject({
        type: z.string(),
        url: z.url(),
        status: z.string(),
        token: z.string().optional(),
        error: problemSchema.optional(),
      }),
    )
    .default([]),
});
type Authorization = z.output<typeof authorizationSchema>;

export interface OrderRequest {
  readonly names: readonly string[];
  readonly profile: string | undefined;
  readonly replaces: string | undefined;
}

/** What an order's steps share. */
export interface Ordering {
  readonly connection: Connection;
  readonly account: Account;
  readonly signal: AbortSignal;
  readonly progress: (sentence: string) => void;
}

/**
 * Makes the order. Where the authority does not take `replaces` (the certificate was replaced already, or it does not know
 * it), it is ordered without, which only costs the exemption from limits; `isRenewal` tells. Throws LK-ACME-008, -009.
 */
export async function createOrder(
  ordering: Ordering,
  request: OrderRequest,
): Promise<{ order: Order; isRenewal: boolean }> {
  const { connection, account, progress } = ordering;
  const subject = `the order for ${request.names.join(', ')}`;
  const send = async (replaces: string | undefined): Promise<Order> => {
    const body = {
      identifiers: request.names.map((value) => ({ type: 'dns', value })),
      ...(request.profile === undefined ? {} : { profile: request.profile }),
      ...(replaces === undefined ? {} : { replaces }),
    };
    return parseAnswer(orderSchema, await account.client.createOrder(body), connection.host, subject);
  };
  const replaces = connection.directory.renewalInfo === undefined ? undefined : request.replaces;
  try {
    try {
      return { order: await send(replaces), isRenewal: replaces !== undefined };
    } catch (error) {
      if (replaces === undefined || !(error instanceof Problem) || !isAboutReplaces(error)) throw error;
      progress(
        `${connection.host} does not take the order as a renewal (${words(error)}); it is ordered as a new certificate.`,
      );
      return { order: await send(undefined), isRenewal: false };
    }
  } catch (error) {
    throw error instanceof Problem ? failureOf(error, connection.host, subject) : error;
  }
}

/** RFC 9773 has one type for it; authorities refuse an id that they do not know as malformed or not found. */
function isAboutReplaces({ kind, status, message }: Problem): boolean {
  if (kind === 'alreadyReplaced' || status === 409) return true;
  return (
    ['malformed', 'unauthorized', 'serverInternal'].includes(kind) &&
    /replace|certid|predecessor|serial|given certificate/i.test(message)
  );
}

/** Proves all names at once. Throws LK-ACME-010 with what the authority says of each name that failed. */
export async function authorize(ordering: Ordering, order: Order, solver: DnsSolver): Promise<void> {
  const { connection, account, signal, progress } = ordering;
  const { host } = connection;
  const all = await Promise.all(order.authorizations.map((url) => readAuthorization(ordering, url)));
  const open = all.filter(({ status }) => status === 'pending');
  const broken = all.find(({ status }) => status !== 'pending' && status !== 'valid');
  if (broken !== undefined) throw challengeFailure([broken], host);
  if (open.length < all.length) progress(`${all.length - open.length} of ${all.length} names are verified already.`);
  if (open.length === 0) return;

  const answers = await Promise.all(
    open.map(async (authorization) => {
      const challenge = authorization.challenges.find(({ type }) => type === 'dns-01');
      if (challenge?.token === undefined) {
        throw acmeFailures.failure('challenge', {
          what: `${host} does not offer to verify ${domainOf(authorization)} by DNS.`,
          why: `It offers ${authorization.challenges.map(({ type }) => type).join(', ') || 'nothing'}.`,
          fix: 'Use an authority that verifies by dns-01.',
        });
      }
      const known = challenge as typeof challenge & Parameters<typeof account.client.completeChallenge>[0];
      return { authorization, challenge: known, value: await account.client.getChallengeKeyAuthorization(known) };
    }),
  );
  try {
    const challenges = answers.map(({ authorization, value }): Challenge => ({
      domain: domainOf(authorization),
      value,
    }));
    await solver.present(challenges, signal);
    await Promise.all(
      answers.map(async ({ authorization, challenge }) => {
        try {
          await account.client.completeChallenge(challenge);
        } catch (error) {
          if (!(error instanceof Problem)) throw error;
          // Told already, by a request whose answer was lost: the authorization itself says what came of it.
          if (await isUnderWay(ordering, authorization)) return;
          throw failureOf(error, host, `the challenge for ${domainOf(authorization)}`, 'challenge');
        }
      }),
    );
    const ended = await Promise.all(open.map(({ url }) => untilAuthorized(ordering, url)));
    const failed = ended.filter(({ status }) => status !== 'valid');
    if (failed.length > 0) throw challengeFailure(failed, host);
  } catch (error) {
    // An authorization that stays open counts against a limit of the account.
    if (!signal.aborted) await abandon(ordering, open);
    throw error;
  }
}

async function readAuthorization({ connection, account }: Ordering, url: string): Promise<Authorization> {
  const [answer] = await account.client.getAuthorizations({ authorizations: [url] } as never);
  return parseAnswer(authorizationSchema, answer, connection.host, 'an authorization');
}

/** Whether the authority verifies this already, or has done so. */
async function isUnderWay(ordering: Ordering, { url }: Authorization): Promise<boolean> {
  try {
    const { status, challenges } = await readAuthorization(ordering, url);
    return status !== 'pending' || challenges.some((challenge) => challenge.status === 'processing');
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}

async function untilAuthorized(ordering: Ordering, url: string): Promise<Authorization> {
  return until(ordering, url, async () => {
    const authorization = await readAuthorization(ordering, url);
    return authorization.status === 'pending' ? undefined : authorization;
  });
}

async function abandon({ account }: Ordering, open: readonly Authorization[]): Promise<void> {
  await Promise.all(open.map((one) => account.client.deactivateAuthorization(one as never).catch(() => undefined)));
}

function challengeFailure(failed: readonly Authorization[], host: string) {
  const sorted = failed.toSorted((one, other) => domainOf(one).localeCompare(domainOf(other)));
  const each = sorted.map((authorization) => {
    const error = authorization.challenges.find((challenge) => challenge.error !== undefined)?.error;
    const why =
      error === undefined
        ? `its authorization is ${authorization.status}`
        : words(new Problem(error.status ?? 0, error, undefined));
    return `${domainOf(authorization)}: ${why}`;
  });
  const kinds = failed.flatMap(({ challenges }) => challenges.map(({ error }) => error?.type ?? ''));
  return acmeFailures.failure(kinds.some((kind) => kind.endsWith(':caa')) ? 'caa' : 'challenge', {
    what: `${host} could not verify ${failed.length === 1 ? 'a name' : `${failed.length} names`}: ${each.join('; ')}.`,
  });
}

function domainOf({ identifier, wildcard }: Authorization): string {
  return wildcard ? `*.${identifier.value}` : identifier.value;
}

/** Hands in the request and waits for the certificate; gives the chain as PEM. */
export async function finalize(ordering: Ordering, order: Order, csrPem: string): Promise<string> {
  const { connection, account } = ordering;
  const subject = 'the certificate request';
  try {
    await untilOrder(ordering, order, (status) => status === 'ready' || status === 'valid');
    try {
      const sent = await account.client.finalizeOrder(order as never, csrPem);
      parseAnswer(orderSchema, sent, connection.host, 'the order');
    } catch (error) {
      // Handed in already, by a request whose answer was lost: the order itself tells.
      if (!(error instanceof Problem && error.kind === 'orderNotReady')) throw error;
    }
    const done = await untilOrder(ordering, order, (status) => status === 'valid');
    const chain: unknown = await account.client.getCertificate(done as never);
    return parseAnswer(z.string().includes('-----BEGIN CERTIFICATE-----'), chain, connection.host, 'the certificate');
  } catch (error) {
    throw error instanceof Problem ? failureOf(error, connection.host, subject) : error;
  }
}

async function untilOrder(
  ordering: Ordering,
  order: Order,
  isDone: (status: Order['status']) => boolean,
): Promise<Order> {
  const { connection, account } = ordering;
  return until(ordering, order.url, async () => {
    const present = parseAnswer(
      orderSchema,
      await account.client.getOrder(order as never),
      connection.host,
      'the order',
    );
    if (present.status === 'invalid') {
      const { error } = present;
      throw error === undefined
        ? acmeFailures.failure('order', { what: `${connection.host} gave the order up without a word.` })
        : failureOf(new Problem(error.status ?? 0, error, undefined), connection.host, 'to complete the order');
    }
    return isDone(present.status) ? present : undefined;
  });
}

const FIRST_POLL_SECONDS = 0.5;
const LONGEST_POLL_SECONDS = 10;

/** Asks again, at the pace that the authority wishes (Retry-After), until there is an answer; the signal ends it. */
async function until<T>({ connection, signal }: Ordering, url: string, ask: () => Promise<T | undefined>): Promise<T> {
  for (let seconds = FIRST_POLL_SECONDS; ; seconds = Math.min(LONGEST_POLL_SECONDS, seconds * 1.5)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    const asked = connection.askAgainAt(url);
    const wait = asked === undefined ? seconds * 1000 : asked.getTime() - Date.now();
    await sleep(Math.max(100, wait), undefined, { signal }).catch(() => {
      throw stopped(signal, connection.host);
    });
  }
}
