import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readContext } from './context.ts';

const runner = {
  GITHUB_ACTIONS: 'true',
  GITHUB_REPOSITORY: 'nova/livekit',
  GITHUB_RUN_ID: '42',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_SERVER_URL: 'https://github.example',
};

test('the job’s facts are read once, with the run’s page', () => {
  expect(readContext(runner)).toMatchObject({
    onGitHub: true,
    repository: { owner: 'nova', name: 'livekit' },
    runAttempt: 2,
    runUrl: 'https://github.example/nova/livekit/actions/runs/42',
  });
});

test('outside of GitHub there are defaults', () => {
  expect(readContext({})).toMatchObject({ onGitHub: false, eventName: 'local', idToken: undefined });
});

test('an OIDC token can be asked for only when the runner gives both the address and the token', () => {
  const url = 'https://pipelines.example/token?v=1';
  expect(readContext({ ...runner, ACTIONS_ID_TOKEN_REQUEST_URL: url }).idToken).toBeUndefined();
  expect(
    readContext({ ...runner, ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 't' }).idToken,
  ).toEqual({
    requestUrl: url,
    requestToken: 't',
  });
});

test('a malformed variable is named', () => {
  expect(() => readContext({ ...runner, GITHUB_REPOSITORY: 'nova' })).toThrow(
    'The variable GITHUB_REPOSITORY must be owner/name.',
  );
});

test('the event’s payload is read from its file, and a broken one is named', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'event-')), 'event.json');
  writeFileSync(file, '{"number": 7}');
  expect(readContext({ ...runner, GITHUB_EVENT_PATH: file }).event).toEqual({ number: 7 });
  writeFileSync(file, '{');
  expect(() => readContext({ ...runner, GITHUB_EVENT_PATH: file })).toThrow(
    'The event file GITHUB_EVENT_PATH could not be read',
  );
});
