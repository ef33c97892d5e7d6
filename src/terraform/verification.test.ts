import type { Failure } from '../failure/failure.ts';
import { envelopeOf } from './test-bench.ts';
import { checkEngine, checkLockFile, checkOrigin, checkState, checkTree } from './verification.ts';

function refusal(check: () => void): Pick<Failure, 'code' | 'message'> | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return { code: (error as Failure).code, message: (error as Failure).message };
  }
}

const envelope = envelopeOf();
const merged = { environment: 'dev', repository: 'nova/livekit', pullRequest: 7, headSha: '1'.repeat(40) };
const tree = { ...envelope.tree, commit: '3'.repeat(40) };

test('a plan whose every fact fits is accepted', () => {
  expect(refusal(() => checkOrigin(envelope, merged))).toBeUndefined();
  expect(refusal(() => checkEngine(envelope, { name: 'terraform', version: '1.11.4' }))).toBeUndefined();
  expect(refusal(() => checkState(envelope, { lineage: 'lineage', serial: 7 }))).toBeUndefined();
  expect(refusal(() => checkTree(envelope, tree))).toBeUndefined();
  expect(refusal(() => checkLockFile(envelope, 'c'.repeat(64)))).toBeUndefined();
});

describe('each difference is refused with its own sentence', () => {
  test.each([
    ['environment', { environment: 'prd' }, 'The stored plan is for the environment dev, but prd was merged.'],
    [
      'repository',
      { repository: 'stranger/livekit' },
      'The stored plan is for the repository nova/livekit, but stranger/livekit was merged.',
    ],
    ['pull request', { pullRequest: 8 }, 'The stored plan is for the pull request 7, but 8 was merged.'],
    [
      'commit',
      { headSha: 'f'.repeat(40) },
      `The stored plan is for the commit ${'1'.repeat(40)}, but ${'f'.repeat(40)} was merged.`,
    ],
  ])('another %s', (_what, change, message) => {
    expect(refusal(() => checkOrigin(envelope, { ...merged, ...change }))).toEqual({ code: 'LK-TF-014', message });
  });

  test.each([
    ['terraform', '1.12.0'],
    ['tofu', '1.11.4'],
  ])('another engine: %s %s', (name, version) => {
    expect(refusal(() => checkEngine(envelope, { name, version }))).toEqual({
      code: 'LK-TF-017',
      message: `The plan was made by terraform 1.11.4; this step runs ${name} ${version}.`,
    });
  });

  test('a state that went on', () => {
    expect(refusal(() => checkState(envelope, { lineage: 'lineage', serial: 9 }))).toEqual({
      code: 'LK-TF-018',
      message: 'The plan was made against serial 7 of the state; it is at serial 9 now.',
    });
  });

  test('a state that was made anew, or is gone', () => {
    expect(refusal(() => checkState(envelope, { lineage: 'other', serial: 7 }))?.code).toBe('LK-TF-019');
    expect(refusal(() => checkState(envelope, undefined))?.code).toBe('LK-TF-019');
  });

  test('another tree, naming the files', () => {
    const files = { 'terraform/environments/dev/main.tf': '100644 abd', 'terraform/modules/gke/main.tf': '100644 x' };
    expect(refusal(() => checkTree(envelope, { ...tree, digest: 'd'.repeat(64), files }))).toEqual({
      code: 'LK-TF-015',
      message:
        'The merged tree is not the one that was planned; it differs in terraform/environments/dev/main.tf, terraform/modules/gke/main.tf.',
    });
  });

  test('another lock file, or none', () => {
    expect(refusal(() => checkLockFile(envelope, 'd'.repeat(64)))?.code).toBe('LK-TF-016');
    expect(refusal(() => checkLockFile(envelope, null))?.message).toContain('now there is no lock file');
  });
});

describe('an environment’s first plan', () => {
  const first = envelopeOf({ state: { lineage: 'new', serial: 1, first: true } });

  test('is accepted while there is no state, and when an earlier try has written the empty one', () => {
    expect(refusal(() => checkState(first, undefined))).toBeUndefined();
    expect(refusal(() => checkState(first, { lineage: 'new', serial: 1 }))).toBeUndefined();
  });

  test('is refused once another plan was applied', () => {
    expect(refusal(() => checkState(first, { lineage: 'other', serial: 4 }))).toMatchObject({ code: 'LK-TF-018' });
  });
});
