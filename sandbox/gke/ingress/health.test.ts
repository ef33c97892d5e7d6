import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ask, judge, UNKNOWN, type Health } from './health.ts';
import type { HealthCheck } from './plan.ts';

const thresholds = { healthyThreshold: 2, unhealthyThreshold: 3 };
const after = (answers: string, from: Health = UNKNOWN): boolean =>
  [...answers].reduce((health, answer) => judge(health, answer === '+', thresholds), from).isHealthy;

describe('health', () => {
  it.each([
    ['', false],
    ['+', false],
    ['++', true],
    ['+-+', false],
    ['++--', true],
    ['++---', false],
    ['++--+--', true],
  ])('after %s: %s', (answers, isHealthy) => {
    expect(after(answers)).toBe(isHealthy);
  });
});

describe('a probe', () => {
  const check: HealthCheck = {
    ...{ protocol: 'http', path: '/health', port: undefined, intervalSeconds: 5, timeoutSeconds: 1 },
    ...{ healthyThreshold: 1, unhealthyThreshold: 1 },
  };

  it('takes 200 for the path and nothing else', async () => {
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/health' ? 200 : request.url === '/empty' ? 204 : 404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = { id: 'x', host: '127.0.0.1', port: (server.address() as AddressInfo).port };
    await expect(ask(endpoint, check)).resolves.toBe(true);
    await expect(ask(endpoint, { ...check, path: '/empty' })).resolves.toBe(false);
    await expect(ask(endpoint, { ...check, path: '/' })).resolves.toBe(false);
    await expect(ask({ ...endpoint, port: 9 }, { ...check, port: endpoint.port })).resolves.toBe(true);
    server.close();
    server.closeAllConnections();
    await expect(ask(endpoint, check)).resolves.toBe(false);
  });
});
