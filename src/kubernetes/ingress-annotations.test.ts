import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { unsupportedAnnotations } from './ingress-annotations.ts';

const chart = parse(readFileSync('helm/addons/ingress-tls/files/annotations.yaml', 'utf8')) as {
  supported: string[];
  unsupported: Record<string, string>;
};
const named = (names: readonly string[]) => unsupportedAnnotations(Object.fromEntries(names.map((name) => [name, ''])));

describe('annotations of ingress-nginx', () => {
  it('are those of the chart: what it accepts, and what it says of the others', () => {
    expect(named(chart.supported)).toEqual([]);
    const found = named(Object.keys(chart.unsupported));
    expect(Object.fromEntries(found.map(({ name, instead }) => [name, instead]))).toEqual(chart.unsupported);
  });

  it('that the seed needs are all read', () => {
    const needed = ['limit-rps', 'limit-burst-multiplier', 'limit-connections', 'proxy-read-timeout', 'custom-headers'];
    expect(named([...needed, 'enable-cors', 'cors-allow-origin', 'ssl-redirect'])).toEqual([]);
  });

  it('that nobody knows are told, too', () => {
    expect(named(['limit-rsp'])[0]?.instead).toContain('leave it out');
  });
});
