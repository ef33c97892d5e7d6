import { describe, expect, test } from '@jest/globals';
import { untilServed } from './propagation.ts';

/** Name servers of which each serves the value after so many questions; `null` never answers, `undefined` never serves it. */
function servers(after: Record<string, number | null | undefined>) {
  const asked: Record<string, number> = {};
  const sentences: string[] = [];
  const lookup = {
    addresses: (host: string) => Promise.resolve([host.replace('ns', '192.0.2.')]),
    txtAt: (address: string) => {
      const count = (asked[address] = (asked[address] ?? 0) + 1);
      const host = address.replace('192.0.2.', 'ns');
      const wanted = after[host];
      if (wanted === null) return Promise.reject(new Error('ETIMEOUT'));
      return Promise.resolve(wanted !== undefined && count > wanted ? ['others', 'one', 'two'] : ['others', 'one']);
    },
  };
  const run = (timeoutSeconds = 5, signal = new AbortController().signal) =>
    untilServed([{ name: '_acme-challenge.a.test', values: ['one', 'two'] }], {
      zone: 'a.test',
      nameServers: Object.keys(after),
      lookup,
      timeoutSeconds,
      signal,
      intervalSeconds: 0.001,
      progress: (sentence) => sentences.push(sentence),
    });
  return { run, asked, sentences };
}

describe('a challenge is served', () => {
  test('once the slowest name server has all values', async () => {
    const { run, asked } = servers({ ns1: 0, ns2: 3, ns3: 7 });
    await run();
    expect(asked).toEqual({ '192.0.2.1': 1, '192.0.2.2': 4, '192.0.2.3': 8 });
  });

  test('though one server never answers, which is told', async () => {
    const { run, asked, sentences } = servers({ ns1: 0, ns2: null });
    await run();
    expect(asked['192.0.2.2']).toBe(4);
    expect(sentences).toEqual([
      'ns2 (192.0.2.2) did not answer; the other name servers of a.test serve the challenge.',
    ]);
  });
});

describe('it is given up', () => {
  test('when a server that answers does not get it, with its name', async () => {
    await expect(servers({ ns1: 0, ns2: undefined }).run(0.05)).rejects.toMatchObject({
      code: 'LK-ACME-015',
      message: 'After 0.05 s the record _acme-challenge.a.test was not yet on ns2 (192.0.2.2).',
    });
  });

  test('when none answers', async () => {
    await expect(servers({ ns1: null, ns2: null }).run(0.05)).rejects.toThrow(
      /None of the name servers of a\.test answered within/,
    );
  });

  test('when no name server has an address', async () => {
    const lookup = { addresses: () => Promise.reject(new Error('ESERVFAIL')), txtAt: () => Promise.resolve([]) };
    const options = { zone: 'a.test', nameServers: ['ns1', 'ns2'], lookup, timeoutSeconds: 1 };
    const running = untilServed([], { ...options, signal: new AbortController().signal });
    await expect(running).rejects.toThrow('None of the name servers of a.test has an address: ns1, ns2.');
  });

  test('when the job is cancelled', async () => {
    const cancel = new AbortController();
    const running = servers({ ns1: undefined }).run(60, cancel.signal);
    cancel.abort(new Error('cancelled'));
    await expect(running).rejects.toThrow();
  });
});
