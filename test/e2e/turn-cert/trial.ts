import type { Case, Kind } from './cases.ts';
import type { CloudLab, Found } from './cloud-lab.ts';
import { type Disturbance, type Fault, nameOf } from './gate.ts';
import { isSame, type Pair, serialOf } from '../../../src/certificate/pair.ts';
import { runnerFailures } from '../../../src/runner/failures.ts';
import type { StepResult } from '../deploy/job.ts';

/** From where a run starts: with nothing at all, or with a certificate, of which a new one is asked for. */
export type Story = 'first' | 'renewal';

export interface Outcome {
  /** Whether the run came to the point at which it was to be disturbed. */
  readonly wasMet: boolean;
  readonly conclusion: StepResult['conclusion'];
  /** What is not as it must be; empty when all is. */
  readonly problems: readonly string[];
}

const LEASE_SECONDS = 120;

/** One run with one fault, then one without: looks at everything after each. */
export async function attempt(lab: CloudLab, story: Story, trial: Case): Promise<Outcome> {
  if (story === 'first') await lab.empty();
  // Of a run that was killed in the trial before: it would hold the next one up until it ends by itself, two minutes later.
  await lab.removeLease();
  const before = await lab.find();
  lab.gate.begin(faultOf(lab, trial));
  const broken = await lab.run({ inputs: story === 'renewal' ? { force: 'true' } : {} });
  const { wasMet } = lab.gate;
  const problems: string[] = [];
  const found = await looked(lab, problems, 'after the fault');
  if (found !== undefined) {
    problems.push(...stateProblems(before, found), ...leaseProblems(found, trial), ...runProblems(broken, trial.kind));
    problems.push(...secrecyProblems(broken, [before, found]));
  }
  // As GitHub's button does it: the same run once more.
  lab.gate.begin();
  const env = { GITHUB_RUN_ID: String(broken.runId), GITHUB_RUN_ATTEMPT: '2' };
  const next = await lab.run({ env });
  if (next.conclusion !== 'success') problems.push(`the next run ended with ${next.conclusion}: ${words(next)}`);
  const end = await looked(lab, problems, 'after the next run');
  if (end !== undefined)
    problems.push(...endProblems(end), ...leaseProblems(end, trial), ...secrecyProblems(next, [end]));
  problems.push(...lab.gate.leaks.splice(0).map((request) => `a private key was sent by ${request}`));
  const told = problems.map((problem) => `${story}, ${trial.kind} at ${nameOf(trial.point)}: ${problem}`);
  if (told.length > 0) told.push(indent(broken.log), indent(next.log));
  return { wasMet, conclusion: broken.conclusion, problems: told };
}

function faultOf(lab: CloudLab, { point, kind }: Case): Fault {
  return {
    point,
    lasts: kind === 'away' || kind === 'refused' ? 'on' : 'once',
    disturbance: disturbanceOf(lab, point, kind),
  };
}

function disturbanceOf(lab: CloudLab, { service }: Case['point'], kind: Kind): Disturbance {
  switch (kind) {
    case 'away once':
    case 'away':
      return { answer: 503 };
    case 'refused':
      return { answer: 403 };
    case 'changed':
      return { answer: service === 'kubernetes' || service === 'dns' ? 409 : 412 };
    case 'lost':
      return { lost: true };
    case 'SIGINT':
    case 'SIGTERM':
    case 'SIGKILL':
      return { meanwhile: () => lab.signal(kind) };
  }
}

async function looked(lab: CloudLab, problems: string[], when: string): Promise<Found | undefined> {
  try {
    return await lab.find();
  } catch (error) {
    problems.push(`${when}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** Old or new, and the new one only where it is kept, too. That each pair is whole was seen when it was read. */
function stateProblems(before: Found, { installed, stored }: Found): string[] {
  const problems: string[] = [];
  if (before.installed !== undefined && installed === undefined) problems.push('the Kubernetes Secret is gone');
  if (before.stored !== undefined && stored === undefined)
    problems.push('Secret Manager holds no certificate any more');
  const isOld = installed === undefined || isPair(installed, before.installed);
  if (!isOld && !isPair(installed, stored)) {
    problems.push(`the Secret holds ${serial(installed)}, which is neither the old one nor what Secret Manager holds`);
  }
  return problems;
}

/** Given back, or ended by itself soon where nobody could give it back; a run that has nothing to do takes none. */
function leaseProblems({ objects }: Found, { kind, point }: Case): string[] {
  const text = objects.get('lease.json');
  if (text === undefined) return [];
  const { expires } = JSON.parse(text) as { expires: string };
  if (Date.parse(expires) > Date.now() + LEASE_SECONDS * 1000) return [`the lease holds until ${expires}`];
  const isExcused = kind === 'SIGKILL' || (point.service === 'storage' && point.shape.includes('lease.json'));
  return isExcused ? [] : ['the lease was not given back'];
}

/** What passes by itself is got over; what does not is told by name. */
function runProblems(result: StepResult, kind: Kind): string[] {
  if (result.conclusion === 'success') return [];
  if (kind === 'away once') return [`one 503 failed the run: ${words(result)}`];
  if (kind === 'SIGKILL') return [];
  const [first] = result.errors;
  if (first === undefined) return ['the run failed without a word'];
  if (!/^LK-[A-Z]+-\d{3}: /.test(first) || first.startsWith(runnerFailures.code('unexpected')))
    return [`the run failed with ${first}`];
  return [];
}

function endProblems({ installed, stored, challenges, objects }: Found): string[] {
  const problems: string[] = [];
  if (installed === undefined) problems.push('the next run left no Kubernetes Secret');
  if (!isPair(installed, stored)) {
    problems.push(`the next run left ${serial(installed)} in the Secret and ${serial(stored)} in Secret Manager`);
  }
  if (challenges.length > 0) problems.push(`the next run left ${challenges.join(', ')} in the DNS`);
  const journal = JSON.parse(objects.get('challenges.json') ?? '{"records":[]}') as { records: unknown[] };
  if (journal.records.length > 0) problems.push('the next run left challenges in its journal');
  return problems;
}

/** Keys of all pairs that are known: in no line, output, state or summary, and in no object of the bucket. */
function secrecyProblems(result: StepResult, founds: readonly Found[]): string[] {
  const bodies = founds
    .flatMap(({ installed, stored }) => [installed, stored])
    .flatMap((pair) => (pair === undefined ? [] : pair.keyPem.split('\n')))
    .filter((line) => line.length > 30 && !line.startsWith('---'));
  const { outputs, state, env, summary, log } = result;
  const places: Readonly<Record<string, string>> = {
    'the log': log,
    'outputs, state and environment': JSON.stringify([outputs, state, env]),
    'the summary': summary,
    'the bucket': founds.flatMap(({ objects }) => [...objects.values()]).join('\n'),
  };
  return Object.entries(places)
    .filter(([, text]) => bodies.some((line) => text.includes(line)) || text.includes('PRIVATE KEY-----'))
    .map(([place]) => `a private key is in ${place}`);
}

const isPair = (one: Pair | undefined, other: Pair | undefined) =>
  one === undefined || other === undefined ? one === other : isSame(one, other);
const serial = (pair: Pair | undefined) => (pair === undefined ? 'nothing' : serialOf(pair.certificate));
const words = ({ errors, main }: StepResult) => errors[0] ?? `signal ${main.signal}, exit ${main.exitCode}`;
const indent = (text: string) => text.replace(/^/gm, '    ');
