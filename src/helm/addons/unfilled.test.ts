import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ChosenAddOn } from './list.ts';
import { findUnfilled } from './unfilled.ts';

let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'unfilled-'));
});
afterEach(() => rmSync(workspace, { recursive: true }));

function write(path: string, text: string): string {
  mkdirSync(dirname(join(workspace, path)), { recursive: true });
  writeFileSync(join(workspace, path), text);
  return path;
}

/** What is to be set before the add-on is brought up, as `file:line`. */
async function found(name: string, more: Partial<ChosenAddOn>): Promise<string[]> {
  const chosen: ChosenAddOn = { name, namespace: 'a', after: [], ...more };
  const unfilled = await findUnfilled({ workspace, suiteDirectory: process.cwd() }, 'dev', [chosen]);
  return unfilled.map(
    ({ file, line, what }) =>
      `${file.split('/').at(-1)}: ${line === undefined ? what : what.replace(/^.*?(set: |`)/, '')}`,
  );
}

// What the messaging service's guide marks: the domain, addresses of people, the repository. Its passwords and tokens are in no values.
test.each([
  ['ingress-tls', 'messaging', ['host: api.nova.com', 'origins: [https://app.nova.com]']],
  ['ingress-tls', 'livekit', ["host: 'TODO: the signal domain'"]],
  ['turn-server', 'messaging', []],
  ['turn-server', 'livekit', []],
  ['monitoring', 'messaging', ['address:', 'to:', 'from:', 'smarthost:', 'username:']],
  ['monitoring', 'livekit', []],
  ['gitops', 'messaging', ['repository:']],
])('%s for %s, as it is shipped', async (name, whom, expected) => {
  const file = `helm/addons/${name}/values-${whom}.yaml`;
  const seen = await found(name, { values: [file] });
  expect(seen).toHaveLength(expected.length);
  for (const [index, words] of expected.entries()) expect(seen[index]).toContain(words);
});

test('what a later file or `set` gives is set', async () => {
  const shipped = 'helm/addons/ingress-tls/values-messaging.yaml';
  const own = (text: string) => write('own.yaml', `ingresses:\n  messaging-service-ingress:\n    ${text}\n`);
  expect(
    await found('ingress-tls', { values: [shipped, own('{ host: api.nova.dev, cors: { origins: [] } }')] }),
  ).toEqual([]);
  expect(await found('ingress-tls', { values: [shipped, own('{ host: api.nova.dev }')] })).toHaveLength(1);
  const set = ['ingresses.messaging-service-ingress.host=api.nova.dev'];
  expect(await found('ingress-tls', { values: [shipped], set })).toHaveLength(1);
  // The other way round the sample is what counts.
  expect(
    await found('ingress-tls', { values: [own('{ host: api.nova.dev, cors: { origins: [] } }'), shipped] }),
  ).toHaveLength(2);
});

test('a placeholder counts where it wins', async () => {
  const [under, over] = [
    write('under.yaml', 'a: CHANGEME\nb:\n  - CHANGEME\n'),
    write('over.yaml', 'x: 1\na: 1\nb: []\n'),
  ];
  expect(await found('a', { values: [under, over] })).toEqual([]);
  expect(await found('a', { values: [over, under] })).toHaveLength(2);
  expect(await found('a', { values: [over], set: ['a=TODO'] })).toEqual([
    'add-ons.json: `a` holds the placeholder TODO (from helm/addons/add-ons.json).',
  ]);
});
