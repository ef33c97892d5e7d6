import { afterEach, describe, expect, test } from '@jest/globals';
import { type Browser, openInBrowser } from './browser.fixture.ts';
import { hostile, randomFrom } from './hostile.fixture.ts';
import { mixedReport, scene } from './page.fixture.ts';
import { renderPage } from './page.ts';

let browser: Browser | undefined;
const open = async (page: string, media?: Record<string, string>) => (browser = await openInBrowser(page, media));
afterEach(async () => {
  await browser?.close();
  browser = undefined;
});

/** The contrast (WCAG 2.2) of each text with what is behind it: the least, and where. */
const LEAST_CONTRAST = `(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map((one) => one / 255)
    .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, index) => sum + one * [0.2126, 0.7152, 0.0722][index], 0);
  const ground = getComputedStyle(document.body).backgroundColor;
  const fills = [...document.querySelectorAll('.block rect, .pod')].map((one) => getComputedStyle(one).fill);
  let least = { ratio: 99, text: '' };
  for (const node of document.querySelectorAll('h1, h2, p, td, th, code, a, .verdict, svg text')) {
    const style = getComputedStyle(node);
    const isDrawn = node instanceof SVGElement;
    if (node.matches('.way.fail .sign')) continue;
    const color = isDrawn && node.localName === 'text' ? style.fill : style.color;
    for (const behind of isDrawn ? [ground, ...fills] : [ground]) {
      const [a, b] = [luminance(channels(color)), luminance(channels(behind))].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      if (ratio < least.ratio) least = { ratio, text: node.textContent.slice(0, 40) };
    }
  }
  return least;
})()`;

describe('the page in Chromium', () => {
  test.each(['light', 'dark'])(
    'is readable in %s, wants nothing from anywhere, and complains of nothing',
    async (scheme) => {
      const page = await open(renderPage(mixedReport(), await scene()), { 'prefers-color-scheme': scheme });
      const ground = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      expect(ground).toBe(scheme === 'dark' ? 'rgb(13, 17, 23)' : 'rgb(255, 255, 255)');
      const least = await page.evaluate<{ ratio: number; text: string }>(LEAST_CONTRAST);
      expect(least.ratio >= 4.5 ? 'enough' : least).toBe('enough');
      expect(page.requests).toEqual([]);
      expect(page.complaints).toEqual([]);
    },
  );

  test('says every state of the picture without colour: by a line of its own and by a word', async () => {
    const page = await open(renderPage(mixedReport(), await scene()));
    const ways = await page.evaluate<{ state: string; dashes: string; width: string; words: string }[]>(
      `[...document.querySelectorAll('.way')].map((way) => { const style = getComputedStyle(way.querySelector('.line'));
        return { state: way.getAttribute('class'), dashes: style.strokeDasharray, width: style.strokeWidth, words: way.querySelector('.word').textContent }; })`,
    );
    const looks = new Map(ways.map(({ state, dashes, width }) => [state, `${dashes} ${width}`]));
    expect([...looks.keys()].sort()).toEqual(['way fail', 'way inconclusive', 'way pass', 'way skip', 'way warn']);
    const [pass, fail, warn, unclear] = ['pass', 'fail', 'warn', 'inconclusive'].map((each) =>
      looks.get(`way ${each}`),
    );
    expect(new Set([pass, fail, warn, unclear]).size).toBe(4);
    for (const { state, words } of ways) expect(words).toContain(state.replace('way ', ''));
  });

  test('is used by the keyboard: from a way of the picture to its check', async () => {
    const page = await open(renderPage(mixedReport(), await scene()));
    const focused = () =>
      page.evaluate<string>(
        `(document.activeElement.getAttribute('aria-label') ?? '') + '|' + document.activeElement.textContent.trim().slice(0, 30)`,
      );
    await page.press('Tab', 9);
    expect(await focused()).toContain('To the table of checks');
    let isThere = false;
    for (let presses = 0; presses < 20 && !isThere; presses++) {
      await page.press('Tab', 9);
      isThere = (await focused()).startsWith(
        'TURN, turn-dev.example.com to livekit-server-7d4-x2x9q, TURN/TLS 5349: pass',
      );
    }
    expect(isThere).toBe(true);
    expect(await page.evaluate(`getComputedStyle(document.activeElement).outlineStyle`)).not.toBe('none');
    await page.press('Enter', 13);
    expect(await page.evaluate('location.hash')).toBe('#check-media-turn-tls');
    expect(await page.evaluate(`document.querySelector(':target code').textContent`)).toBe('media-turn-tls');
  });

  test('stays within a narrow window', async () => {
    const page = await open(renderPage(mixedReport(), await scene()));
    await page.send('Emulation.setDeviceMetricsOverride', {
      width: 400,
      height: 800,
      deviceScaleFactor: 1,
      mobile: false,
    });
    expect(await page.evaluate('document.documentElement.scrollWidth <= 400')).toBe(true);
  });

  test('shows hostile texts as texts', async () => {
    const report = mixedReport();
    const count = `document.querySelectorAll('*').length`;
    const plain = await (await open(renderPage(report, await scene()))).evaluate<number>(count);
    await browser?.close();
    const words = hostile(randomFrom(7));
    const first = '<script>document.title = "taken"</script><img src=x onerror="document.title = 1">';
    const checks = report.checks.map((check, index) => ({ ...check, evidence: index === 0 ? first : words() }));
    const page = await open(renderPage({ ...report, checks }, await scene()));
    expect(await page.evaluate<number>(count)).toBe(plain);
    expect(await page.evaluate('document.title')).toBe('✕ fail: verify dev');
    expect(
      await page.evaluate<string[]>(`[...document.querySelectorAll('.seen p')].map((one) => one.textContent)`),
    ).toContain(first);
    expect(page.requests).toEqual([]);
  });
});
