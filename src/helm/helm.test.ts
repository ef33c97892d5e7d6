import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHelm } from './helm.ts';
import { upgrade } from './release.ts';

let directory = '';
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'helm-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function helmThat(script: string) {
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
