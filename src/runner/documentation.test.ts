import { documentation, documented, documentedCode } from './documentation.ts';

const before = { ...process.env };
const names = ['GITHUB_SERVER_URL', 'GITHUB_ACTION_REPOSITORY', 'GITHUB_ACTION_REF'];
afterEach(() => {
  for (const name of names) {
    delete process.env[name];
    if (before[name] !== undefined) process.env[name] = before[name];
  }
});

function runsFrom(repository: string | undefined, reference: string | undefined): void {
  for (const name of names) delete process.env[name];
  if (repository !== undefined) process.env['GITHUB_ACTION_REPOSITORY'] = repository;
  if (reference !== undefined) process.env['GITHUB_ACTION_REF'] = reference;
}

test('a job of GitHub is led to the page of the release that it uses', () => {
  runsFrom('org/livekit-gke', 'v1');
  const page = 'https://github.com/org/livekit-gke/blob/v1/docs/messages.md';
  expect(documentation('docs/messages.md')).toBe(page);
  expect(documentation('docs/messages.md', 'LK-TF-012')).toBe(`${page}#lk-tf-012`);
  expect(documented('**LK-TF-012**', 'docs/messages.md', 'LK-TF-012')).toBe(`[**LK-TF-012**](${page}#lk-tf-012)`);
  expect(documentedCode('LK-TF-012')).toBe(`[**LK-TF-012**](${page}#lk-tf-012)`);
  expect(documentedCode('LK-TF-012', '`LK-TF-012`')).toBe(`[\`LK-TF-012\`](${page}#lk-tf-012)`);
});

test('what is no code leads nowhere', () => {
  runsFrom('org/livekit-gke', 'v1');
  expect(documentedCode('LK-1)](https://x', 'shown')).toBe('shown');
});

test.each([
  [undefined, undefined],
  // Empty where a workflow uses the action of its own checkout (`./actions/verify`).
  ['', ''],
])('who has the checkout finds the page in it: %j', (repository, reference) => {
  runsFrom(repository, reference);
  expect(documentation('docs/checks.md', 'turn-tls')).toBe('docs/checks.md#turn-tls');
  expect(documented('`turn-tls`', 'docs/checks.md', 'turn-tls')).toBe('`turn-tls`');
  expect(documentedCode('LK-TF-012')).toBe('**LK-TF-012**');
});
