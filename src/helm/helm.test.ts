import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHelm } from './helm.ts';
import { upgrade } from './release.ts';

let directory = '';
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'helm-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function helmThat(script: string, awayPatienceSeconds = 0) {
  const path = join(directory, 'helm');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  const helm = openHelm({
    path,
    version: '4.3.1',
    kubeconfig: '/k',
    namespace: 'livekit',
    directory,
    environment: { PATH: process.env['PATH'] ?? '' },
    awayPatienceSeconds,
  });
  return {
    ...helm,
    command: (args: readonly string[]) => helm.command(args, { timeoutSeconds: 0.5 }),
  };
}

const options = { release: 'x', chartPath: 'c', valuesFile: 'v', description: 'd' };

test('an upgrade that was stopped at its time-out is a failed upgrade, so that it is recovered', async () => {
  await expect(upgrade(helmThat('sleep 60'), options)).rejects.toMatchObject({
    code: 'LK-HELM-007',
    message: expect.stringMatching(/^helm upgrade x failed: .* did not end within 0.5 s and was stopped\.$/) as string,
  });
});

test('a Helm that is not there is told as such', async () => {
  const helm = helmThat('true');
  rmSync(join(directory, 'helm'));
  await expect(upgrade(helm, options)).rejects.toMatchObject({ code: 'LK-EXEC-001' });
});

const AWAY =
  'Error: kubernetes cluster unreachable: Get "https://c/version": dial tcp 10.0.0.2:443: connect: connection refused';

/** Gives the answer the first time, and is well from then on; counts how often it was run. */
const first = (answer: string) =>
  `echo x >> ${directory}/runs; [ "$(wc -l < ${directory}/runs)" -gt 1 ] || { echo '${answer}' >&2; exit 1; }`;
const runs = () => readFileSync(join(directory, 'runs'), 'utf8').trim().split('\n').length;

test.each([
  AWAY,
  'Error: kubernetes cluster unreachable: unknown',
  'Error: query: failed to query with labels: secrets is forbidden: RBAC: clusterrole.rbac.authorization.k8s.io "x" not found',
])('a control plane that is away for a moment is asked again: %s', async (answer) => {
  await expect(helmThat(first(answer), 0.3).command(['history', 'x'])).resolves.toMatchObject({ exitCode: 0 });
  expect(runs()).toBe(2);
});

test('one that stays away is not asked for ever', async () => {
  await expect(helmThat(`echo '${AWAY}' >&2; exit 1`, 0.1).command(['history', 'x'])).resolves.toMatchObject({
    exitCode: 1,
  });
});

test.each([
  'Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress',
  'Error: kubernetes cluster unreachable: the server has asked for the client to provide credentials',
  'Error: UPGRADE FAILED: dial tcp 10.0.0.2:443: connect: connection refused',
])('what is no absence, or came in the middle, is not tried twice: %s', async (answer) => {
  await expect(helmThat(first(answer), 0.3).command(['upgrade', 'x'])).resolves.toMatchObject({ exitCode: 1 });
  expect(runs()).toBe(1);
});
