import { describe, expect, test } from '@jest/globals';
import type { Report } from '../report.ts';
import { linksOf } from './links.ts';
import { measured, mixedReport, reportOf, scene } from './page.fixture.ts';
import { renderPage } from './page.ts';
import { hostile, randomFrom } from './hostile.fixture.ts';
import type { Scene } from './scene.ts';

describe('the ways of the picture', () => {
  const state = async (report: Report, kind: string, pod?: string) =>
    linksOf(report, await scene()).find((link) => link.kind === kind && (pod === undefined || link.pod === pod));
  const [good, bad] = ['livekit-server-7d4-x2x9q', 'livekit-server-7d4-p8m4t'] as const;

  test('tell of each pod what its own call found', async () => {
    const report = mixedReport();
    expect(await state(report, 'turn-tls', good)).toMatchObject({ state: 'pass', roundTripMilliseconds: 44 });
    expect(await state(report, 'turn-tls', bad)).toMatchObject({ state: 'fail', check: 'media-turn-tls' });
    expect(await state(report, 'tcp', bad)).toMatchObject({ state: 'warn' });
  });

  test('tell of all pods what is wrong beyond the calls', async () => {
    const calls = [measured(good), measured(bad)];
    const report = reportOf({ 'media-udp': { verdict: 'fail', evidence: 'Only inner addresses.', calls } });
    expect(await state(report, 'udp', good)).toMatchObject({ state: 'fail' });
  });

  test('take the worst of their checks', async () =>
    expect(await state(reportOf({ https: { verdict: 'warn' }, dns: { verdict: 'fail' } }), 'balancer')).toMatchObject({
      state: 'fail',
      check: 'dns',
    }));

  test('say so where no check looked', async () => {
    const report = { ...reportOf(), checks: [] };
    expect((await state(report, 'udp', good))?.state).toBe('not checked');
  });
});

describe('the page', () => {
  test('says each state by a word and a sign, and leads from each way to its check', async () => {
    const page = renderPage(mixedReport(), await scene());
    expect(page).toContain(
      'aria-label="TURN, turn-dev.example.com to livekit-server-7d4-p8m4t, TURN/TLS 5349: fail" class="way fail"',
    );
    for (const [, id = ''] of page.matchAll(/href="#(check-[^"]+)"/g)) expect(page).toContain(`id="${id}"`);
    expect(page).toContain('livekit-server-7d4-waits: on no node');
  });

  test('stands without a workload and without checks', async () => {
    const none = { ...(await scene()), nodes: [], waiting: [] };
    expect(renderPage({ ...reportOf(), checks: [] }, none)).toContain('<h2 id="deployment">');
  });

  test('has no script, and takes nothing from anywhere', async () => {
    const page = renderPage(mixedReport(), await scene());
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\son\w+=/i);
    expect(page.match(/https?:[^"<\s]*/g)).toEqual(['https://github.com/nova/livekit/actions/runs/42']);
    expect(renderPage({ ...reportOf(), runUrl: 'javascript:alert(1)' }, await scene())).not.toContain('javascript:');
  });

  test('whatever the texts are, its tags stay the same', async () => {
    const plain = skeleton(renderPage(mixedReport(), await scene()));
    for (let seed = 1; seed <= 300; seed++) {
      const words = hostile(randomFrom(seed));
      const page = renderPage(withTexts(mixedReport(), words), sceneWith(await scene(), words));
      expect({ seed, tags: skeleton(page) }).toEqual({ seed, tags: plain });
      expect({
        seed,
        bad: UNSEEN.test(page),
        whole: page.isWellFormed(),
      }).toEqual({
        seed,
        bad: false,
        whole: true,
      });
    }
  });
});

// eslint-disable-next-line no-control-regex
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u202a-\u202e\u2066-\u2069]/;

/** Tags and the names of their attributes. */
function skeleton(page: string): string[] {
  const tag = /<\/?([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*\/?>/gi;
  // What is no such tag stays, and so is seen.
  const rest = page.replace(tag, '').match(/<[^!][^<]*/g) ?? [];
  const tags = [...page.matchAll(tag)].map(([, name, attributes = '']) =>
    [name, ...[...attributes.matchAll(/([a-z-]+)="/gi)].map(([, each]) => each)].join(' '),
  );
  return [...tags, ...rest];
}

function withTexts(report: Report, next: () => string): Report {
  return {
    ...report,
    environment: next(),
    target: { cluster: next(), namespace: next(), release: next(), signal: next() },
    checks: report.checks.map((check) => ({
      ...check,
      title: next(),
      evidence: next(),
      ...(check.cause === undefined ? {} : { cause: next() }),
      ...(check.fix === undefined ? {} : { fix: next() }),
    })),
  };
}

function sceneWith(plain: Scene, next: () => string): Scene {
  return { ...plain, domain: next(), turnDomain: next(), redis: next(), waiting: plain.waiting.map(next) };
}
