import type { Identity } from '../google/identity.ts';
import { credentialPlugin, execCredential, TOKEN_SOCKET } from './credential-plugin.ts';

const now = new Date('2026-11-21T10:00:00Z');
const until = (text: string) =>
  (JSON.parse(text) as { status: { expirationTimestamp: string } }).status.expirationTimestamp;

test('a client asks again before the token ends: sooner for one that another process has kept', () => {
  expect(until(execCredential('token', now))).toBe('2026-11-21T10:30:00.000Z');
  expect(until(execCredential('token', now, true))).toBe('2026-11-21T10:04:00.000Z');
});

test('the plug-in is told where the step gives its token, if it does', () => {
  const identity = { environment: { GOOGLE_APPLICATION_CREDENTIALS: '/tmp/credentials.json' } } as unknown as Identity;
  const running = { node: '/usr/bin/node', script: '/dist/helm-deploy.js' };
  const environment = (socket?: string) => credentialPlugin(identity, running, socket).environment;
  expect(environment()).toEqual(identity.environment);
  expect(environment('/tmp/x/token.sock')).toEqual({ ...identity.environment, [TOKEN_SOCKET]: '/tmp/x/token.sock' });
});
