import type { CertificateFacts, CertificateResult } from '../../src/certificate/result.ts';
import { Failure, reason } from '../../src/failure/failure.ts';
import type { Action } from '../../src/runner/action.ts';
import { type Context, readContext } from '../../src/runner/context.ts';
import { log } from '../../src/runner/log.ts';
import { saveState, savedState, setOutput } from '../../src/runner/outputs.ts';
import { addSummary } from '../../src/runner/summary.ts';
import { readInputs, type TurnCertInputs } from './inputs.ts';
import type { open } from './open.ts';

export const action: Action = {
  name: 'turn-cert',

  async main(signal) {
    const inputs = readInputs();
    const context = readContext();
    try {
      await work(inputs, context, signal);
    } finally {
      // Elsewhere there is no post step.
      if (!context.onGitHub) await cleanUp(credentialsFile);
    }
  },

  async post() {
    await cleanUp(savedState('credentials-file'));
  },
};

let credentialsFile = '';

async function cleanUp(file: string): Promise<void> {
  const { signOut } = await import('../../src/google/identity.ts');
  await signOut(file);
}

type Opened = Awaited<ReturnType<typeof open>>;

async function work(inputs: TurnCertInputs, context: Context, signal: AbortSignal): Promise<void> {
  const opening = await import('./open.ts');
  const { keepCertificate } = await import('../../src/certificate/renew.ts');
  const remember = (name: string, value: string) => {
    credentialsFile = value;
    saveState(name, value);
  };
  const opened = await opening.open(inputs, context, signal, remember, describe(context));
  let result: CertificateResult;
  try {
    result = await keepCertificate(opened.wanted, opened.parts);
  } catch (error) {
    setOutput('status', 'failed');
    setOutput('renewed', false);
    // A cancelled run says nothing of whether renewals work.
    if (signal.aborted) throw error;
    const certificate = await lastKnown(opened, inputs);
    await report(failed(error, certificate), inputs, opened);
    await noteFailure(opened, inputs, context, error, certificate?.notAfter);
    throw error;
  }
  await report(result, inputs, opened);
  if (result.failure !== undefined) {
    await noteFailure(opened, inputs, context, result.failure, result.certificate?.notAfter);
    throw result.failure;
  }
  if (result.isWell) await noteSuccess(opened, inputs, context);
}

/** A run that ended before it could tell what serves: how long the certificate of before lasts is all the more worth telling. */
function failed(error: unknown, certificate: CertificateFacts | undefined): CertificateResult {
  return {
    status: 'failed',
    isNew: false,
    reason: 'The run failed; what is told of the certificate is what earlier runs wrote down.',
    certificate,
    nextCheck: undefined,
    isWell: false,
    draining: [],
    notes: [],
    failure: error instanceof Failure ? error : undefined,
  };
}

async function lastKnown({ parts }: Opened, { key }: TurnCertInputs): Promise<CertificateFacts | undefined> {
  const { readDocument } = await import('../../src/certificate/document.ts');
  const { factsFrom } = await import('../../src/certificate/result.ts');
  try {
    return factsFrom((await readDocument(parts.record)).value, key);
  } catch (error) {
    log.debug(`What earlier runs wrote down was not read: ${reason(error)}`);
    return undefined;
  }
}

/** Outputs, annotations and summary. */
async function report(
  result: CertificateResult,
  inputs: TurnCertInputs,
  { parts, neighbours }: Pick<Opened, 'parts' | 'neighbours'>,
): Promise<void> {
  const now = parts.now();
  const { daysLeft, nearEnd, renderCertificate } = await import('../../src/certificate/report.ts');
  const { certificate } = result;
  setOutput('status', result.status);
  setOutput('renewed', result.isNew);
  setOutput('not-before', certificate?.notBefore.toISOString() ?? '');
  setOutput('not-after', certificate?.notAfter.toISOString() ?? '');
  setOutput('serial', certificate?.serial ?? '');
  setOutput('issuer', certificate?.issuer ?? '');
  setOutput('days-left', certificate === undefined ? '' : daysLeft(certificate.notAfter, now));
  setOutput('next-check', result.nextCheck?.toISOString() ?? '');
  for (const note of result.notes) log.warning(note);
  const warning = nearEnd(result, inputs, now);
  if (warning !== undefined) log.warning(warning);
  log.info(result.reason);
  await addSummary(renderCertificate(result, inputs, now, await neighbours()));
}

/** Counted in the bucket; twice in a row opens an issue. What goes wrong here must not hide why the renewal failed. */
async function noteFailure(
  { parts }: Opened,
  inputs: TurnCertInputs,
  context: Context,
  error: unknown,
  notAfter: Date | undefined,
): Promise<void> {
  const { changeDocument } = await import('../../src/certificate/document.ts');
  const { withFailure } = await import('../../src/certificate/record.ts');
  const { failureEntry, tellTrouble } = await import('../../src/certificate/trouble.ts');
  const { tryAgainAt } = await import('../../src/acme/problem.ts');
  const { secretName, key, environment } = inputs;
  try {
    const entry = { ...failureEntry(error, parts.now()), tryAgainAt: tryAgainAt(error) };
    const record = await changeDocument(parts.record, (present) => withFailure(present, key, entry));
    const failures = record.failures[key] ?? [];
    if (!inputs.issue || !context.onGitHub) return;
    const github = await githubOf(inputs, context);
    const trouble = { environment, secretName, key, failures, runUrl: context.runUrl, notAfter };
    const url = await tellTrouble(github, trouble);
    if (url !== undefined) log.info(`Issue: ${url}`);
  } catch (second) {
    log.warning(`The failure was not written down, or its issue not opened: ${reason(second)}`);
  }
}

async function noteSuccess({ parts }: Opened, inputs: TurnCertInputs, context: Context): Promise<void> {
  const { changeDocument, readDocument } = await import('../../src/certificate/document.ts');
  const { withoutFailures } = await import('../../src/certificate/record.ts');
  const { FAILURES_FOR_ISSUE, tellEndOfTrouble } = await import('../../src/certificate/trouble.ts');
  const { secretName, key, environment } = inputs;
  try {
    const { value } = await readDocument(parts.record);
    const failures = value.failures[key] ?? [];
    if (failures.length === 0 && value.notBefore[key] === undefined) return;
    // First the issue: if it cannot be closed, the next run tries again.
    if (failures.length >= FAILURES_FOR_ISSUE && inputs.issue && context.onGitHub) {
      const github = await githubOf(inputs, context);
      const url = await tellEndOfTrouble(github, { environment, secretName, key, runUrl: context.runUrl });
      if (url !== undefined) log.info(`Issue closed: ${url}`);
    }
    await changeDocument(parts.record, (present) => withoutFailures(present, key));
  } catch (error) {
    const words = error instanceof Failure ? `${error.code} ${error.message}` : reason(error);
    log.warning(`That all is well again was not written down: ${words}`);
  }
}

async function githubOf({ githubToken }: TurnCertInputs, { apiUrl, repository }: Context) {
  const { githubClient } = await import('../../src/github/client.ts');
  return githubClient({ token: githubToken, apiUrl, repository });
}

/** Told to other runs that want to work at the same time. */
function describe(context: Context): string {
  return context.onGitHub
    ? `by ${context.actor} in ${context.runUrl}, attempt ${context.runAttempt}`
    : `by hand, on ${context.sha === '' ? 'an unnamed commit' : context.sha}`;
}
