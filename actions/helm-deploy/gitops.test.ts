import { readFileSync } from 'node:fs';
import { jest } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Context } from '../../src/runner/context.ts';
import { application, argoCd, at, NEW, OLD } from '../../src/gitops/application.fixture.ts';

let inputs: Record<string, string>;
let outputs: Record<string, string>;
jest.unstable_mockModule('@actions/core', () => ({
  getInput: (name: string) => inputs[name] ?? '',
  setOutput: (name: string, value: unknown) => (outputs[name] = String(value)),
  setSecret: () => undefined,
  info: () => undefined,
  warning: () => undefined,
  debug: () => undefined,
  startGroup: () => undefined,
  endGroup: () => undefined,
}));
const { readInputs } = await import('./inputs.ts');
const { gitops } = await import('./gitops.ts');

const declaredInputs = z.object({ inputs: z.record(z.string(), z.object({ default: z.string().optional() })) });
beforeEach(() => {
  inputs = { environment: 'stg', bucket: 'state', mode: 'follow', application: 'messaging-service' };
  outputs = {};
});

describe('the inputs', () => {
  test('speak of an application in Argo CD’s namespace, with a commit as its revision', () => {
    inputs['revision'] = NEW;
    const read = readInputs();
    expect(read).toMatchObject({ namespace: 'argocd', revision: undefined });
    expect(read.application).toEqual({ name: 'messaging-service', revision: NEW });
  });

  test('are in Argo CD’s namespace with the defaults of action.yml too, which the runner fills in', () => {
    const { inputs: declared } = declaredInputs.parse(
      parse(readFileSync(new URL('action.yml', import.meta.url), 'utf8')),
    );
    const defaults = Object.entries(declared).flatMap(([name, { default: value }]) => (value ? [[name, value]] : []));
    inputs = { ...(Object.fromEntries(defaults) as typeof inputs), ...inputs };
    expect(readInputs()).toMatchObject({ namespace: 'argocd', release: 'livekit-server' });
    delete inputs['application'];
    expect(readInputs()).toMatchObject({ namespace: 'livekit', release: 'livekit-server' });
  });

  test('without an application are about LiveKit’s release, as before', () => {
    inputs = { environment: 'stg', bucket: 'state', mode: 'rollback', revision: '3' };
    expect(readInputs()).toMatchObject({ application: undefined, namespace: 'livekit', revision: 3, manifests: [] });
  });

  test.each([
    ['deploy with an application', { mode: 'deploy' }, /`application` and `mode: deploy` do not go together/],
    ['resume without one', { mode: 'resume', application: '' }, /`application` is missing/],
    ['a revision that is none', { revision: 'main; rm' }, /a commit or a number/],
    ['manifests without a digest', { manifests: 'https://nova.dev/install.yaml' }, /has no SHA-256/],
  ])('refuse %s', (_what, more, words) => {
    Object.assign(inputs, more);
    expect(() => readInputs()).toThrow(words);
  });
});

describe('a step', () => {
  const context = {
    onGitHub: true,
    sha: NEW,
    serverUrl: 'https://github.com',
    repository: { owner: 'nova', name: 'messaging' },
  } as Context;
  const run = async (looks: ReturnType<typeof application>[], given: Context = context) => {
    const texts: string[] = [];
    const read = { ...readInputs(), timeoutSeconds: 5 };
    const { client, applied } = argoCd(looks);
    const around = {
      signal: new AbortController().signal,
      description: 'a test',
      publish: (text: string) => Promise.resolve(void texts.push(text)),
    };
    const target = read.application ?? { name: '', revision: undefined };
    const failure = await gitops(client, target, read, given, around).then(
      () => undefined,
      (error: unknown) => error,
    );
    return { failure, applied, summary: texts.join('\n') };
  };

  test('waits for the job’s own commit where the application follows its repository', async () => {
    const history = [
      { id: 0, revision: OLD },
      { id: 1, revision: NEW },
    ];
    const { failure, summary } = await run([application({ ...at(NEW), history })]);
    expect(failure).toBeUndefined();
    expect(outputs).toMatchObject({ status: 'deployed', changed: 'false', revision: NEW, 'previous-revision': OLD });
    expect(summary).toContain('synced and healthy');
  });

  test('fails with the cause, after outputs and summary', async () => {
    const conditions = [{ type: 'ComparisonError', message: 'authentication required: Repository not found.' }];
    const { failure, summary } = await run([application({ ...at(NEW, 'Unknown'), conditions })]);
    expect(failure).toMatchObject({ code: 'LK-ARGO-003' });
    expect(outputs['status']).toBe('failed');
    expect(summary).toContain('LK-ARGO-003');
  }, 20_000);

  test('tells how it stands with mode status, and waits for nothing', async () => {
    inputs['mode'] = 'status';
    const { failure } = await run([application(at(OLD, 'OutOfSync'))]);
    expect(failure).toBeUndefined();
    expect(outputs['status']).toBe('failed');
  });
});
