import { planPurpose, type PlanRunMode } from './plan-purpose.ts';

const pullRequest = (from = 'nova/livekit') => ({
  pull_request: {
    number: 7,
    html_url: 'https://github.example/nova/livekit/pull/7',
    head: { sha: 'a'.repeat(40), repo: { full_name: from } },
    base: { sha: 'b'.repeat(40), ref: 'main', repo: { full_name: 'nova/livekit' } },
  },
});
const purpose = (eventName: string, event: object, mode: PlanRunMode = 'plan', storeRunPlan = false) =>
  planPurpose({ eventName, event, mode, storeRunPlan });

describe('a run of terraform-plan', () => {
  test.each<[string, object, PlanRunMode, boolean, string]>([
    ['pull_request', pullRequest(), 'plan', false, 'pull-request'],
    ['pull_request', pullRequest(), 'plan', true, 'pull-request'],
    ['pull_request', pullRequest('stranger/livekit'), 'plan', false, 'fork'],
    ['pull_request_target', pullRequest(), 'plan', false, 'show'],
    ['pull_request_review', pullRequest(), 'plan', false, 'show'],
    ['merge_group', { merge_group: {} }, 'plan', true, 'show'],
    ['push', {}, 'plan', true, 'show'],
    ['schedule', {}, 'plan', true, 'show'],
    ['workflow_dispatch', {}, 'plan', false, 'show'],
    ['workflow_dispatch', {}, 'plan', true, 'run'],
    ['workflow_dispatch', {}, 'destroy', true, 'run'],
    ['workflow_dispatch', {}, 'destroy', false, 'show'],
    ['schedule', {}, 'drift', false, 'drift'],
    ['workflow_dispatch', {}, 'drift', true, 'drift'],
    ['local', {}, 'plan', false, 'show'],
  ])('by %s %j in mode %s, store-run-plan %s: %s', (event, payload, mode, store, kind) =>
    expect(purpose(event, payload, mode, store)).toMatchObject({ kind }),
  );

  test.each(['pull_request_target', 'pull_request_review', 'issue_comment', 'workflow_run'])(
    'by %s of a fork’s pull request is refused, since it has credentials',
    (event) =>
      expect(() => purpose(event, pullRequest('stranger/livekit'))).toThrow(
        expect.objectContaining({ code: 'LK-TF-009' }) as Error,
      ),
  );

  test('of a fork that is gone is a fork’s', () => {
    const { pull_request: gone } = pullRequest();
    const event = { pull_request: { ...gone, head: { ...gone.head, repo: null } } };
    expect(purpose('pull_request', event)).toMatchObject({ kind: 'fork' });
  });

  test.each<[string, object, PlanRunMode]>([
    ['pull_request', pullRequest(), 'destroy'],
    ['pull_request', pullRequest(), 'drift'],
    ['pull_request', pullRequest('stranger/livekit'), 'destroy'],
    ['pull_request_target', pullRequest(), 'destroy'],
    ['merge_group', {}, 'destroy'],
  ])('by %s may not be in mode %#', (event, payload, mode) =>
    expect(() => purpose(event, payload, mode)).toThrow(expect.objectContaining({ code: 'LK-TF-043' }) as Error),
  );

  test('by a pull request without a payload is no run', () =>
    expect(() => purpose('pull_request', {})).toThrow(expect.objectContaining({ code: 'LK-GITHUB-009' }) as Error));
});
