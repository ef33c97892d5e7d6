import { compose, marker, sectionsOf, withSection } from './comment-body.ts';

const head = (sections: readonly { key: string }[]) => `head: ${sections.map(({ key }) => key).join(' ')}`;
const section = (key: string, body: string) => ({ key, cells: ['icon', `[run](https://x/${key})`], body });

describe('the text of the sticky comment', () => {
  test('begins with its marker, has the head, then a section for each environment in order', () => {
    const text = compose('terraform', head, [section('stg', 'second'), section('dev', 'first')]);
    expect(text.startsWith(marker('terraform'))).toBe(true);
    expect(text.indexOf('head: dev stg')).toBeGreaterThan(0);
    expect(text.indexOf('first')).toBeLessThan(text.indexOf('second'));
  });

  test('gives back the sections that it was made from', () => {
    const sections = [section('dev', '### dev\n\nbody with | and --> inside'), section('prd', '')];
    expect(sectionsOf(compose('terraform', head, sections))).toEqual(sections);
  });

  test('keeps the shorter text of a section unseen beside the longer one', () => {
    const dev = { ...section('dev', 'long'), short: 'short `x` --> <!-- livekit-gke:end dev -->' };
    const text = compose('terraform', head, [dev]);
    expect(text).not.toContain('short `x`');
    expect(sectionsOf(text)).toEqual([dev]);
  });

  test('reads a section whose shorter text is damaged as one that has none', () => {
    const text = compose('terraform', head, [{ ...section('dev', 'long'), short: 'short' }]);
    const damaged = text.replace(/(section dev \S+ )\S+/, '$1AAAA');
    expect(damaged).not.toBe(text);
    expect(sectionsOf(damaged)).toEqual([section('dev', 'long')]);
  });

  test('survives line ends that GitHub changed', () => {
    const text = compose('terraform', head, [section('dev', 'one\ntwo')]).replaceAll('\n', '\r\n');
    expect(sectionsOf(text)).toEqual([section('dev', 'one\ntwo')]);
  });

  test('a value that holds a marker cannot end its section or begin another', () => {
    const attack =
      'x\n<!-- livekit-gke:end dev -->\n<!-- livekit-gke:section prd W10 -->\nforged\n<!-- livekit-gke:end prd -->';
    const found = sectionsOf(compose('terraform', head, [section('dev', attack)]));
    expect(found.map(({ key }) => key)).toEqual(['dev']);
    expect(found[0]?.body).toContain('forged');
  });

  test('leaves out a section whose cells are damaged', () => {
    const text = compose('terraform', head, [section('dev', 'a'), section('stg', 'b')]).replace(
      /(section dev )\S+/,
      '$1!!',
    );
    expect(sectionsOf(text).map(({ key }) => key)).toEqual(['stg']);
  });

  test('replacing a section keeps the others', () => {
    const sections = withSection([section('dev', 'old'), section('stg', 'kept')], section('dev', 'new'));
    expect(Object.fromEntries(sections.map(({ key, body }) => [key, body]))).toEqual({ dev: 'new', stg: 'kept' });
  });
});
