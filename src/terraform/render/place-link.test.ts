import { linkedProse, placeLink, placeLinks } from './place-link.ts';

const COMMIT = 'https://github.example/nova/livekit/commit/a1b2c3d';
const BLOB = 'https://github.example/nova/livekit/blob/a1b2c3d';

describe('places in files', () => {
  it('lead to their line at the commit', () => {
    expect(placeLink({ file: 'terraform/a b/main.tf', line: 3 }, COMMIT)).toBe(
      `[<code>terraform/a b/main.tf:3</code>](${BLOB}/terraform/a%20b/main.tf#L3)`,
    );
  });

  it('are links within sentences, and nothing else is', () => {
    const text = 'terraform plan failed: terraform/environments/dev/main.tf:12: Bad *value*: see policy.yaml:3.';
    expect(linkedProse(text, COMMIT)).toBe(
      `terraform plan failed: [<code>terraform/environments/dev/main.tf:12</code>](${BLOB}/terraform/environments/dev/main.tf#L12): Bad \\*value\\*: see [<code>policy.yaml:3</code>](${BLOB}/policy.yaml#L3).`,
    );
    for (const other of ['/etc/main.tf:1', 'https://x.example/main.tf:1', 'provider.go:12', 'main.tf', '`main.tf:1`'])
      expect(linkedProse(other, COMMIT)).not.toContain('](');
    expect(linkedProse('a/../../main.tf:1', COMMIT)).not.toContain('](');
    expect(linkedProse('main.tf:1', undefined)).toBe('main.tf:1');
  });

  it('are listed once, but for those that are told already', () => {
    const words = 'a.tf:1: One\nb.tf:2: Two\nb.tf:2: Three\nc.tf:3: Four';
    expect(placeLinks(words, COMMIT, 'failed: a.tf:1: One')).toEqual([
      `[<code>b.tf:2</code>](${BLOB}/b.tf#L2)`,
      `[<code>c.tf:3</code>](${BLOB}/c.tf#L3)`,
    ]);
    expect(placeLinks(words, undefined, '')).toEqual([]);
  });
});
