import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { matchesFilters } from '../sandbox/workflow/filter.ts';
import { checksums, notesOf, objections } from '../scripts/release.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const text = readFileSync(join(root, '.github/workflows/release.yml'), 'utf8');

const step = z.looseObject({ uses: z.string().default(''), run: z.string().default('') });
const workflow = z
  .object({
    on: z.record(z.string(), z.object({ tags: z.array(z.string()) })),
    concurrency: z.object({ 'cancel-in-progress': z.boolean() }),
    jobs: z.object({
      build: z.looseObject({ permissions: z.record(z.string(), z.string()), steps: z.array(step) }),
      publish: z.looseObject({
        permissions: z.record(z.string(), z.string()),
        steps: z.array(step),
        needs: z.string(),
        environment: z.string(),
      }),
    }),
  })
  .parse(parse(text));
const { build, publish } = workflow.jobs;

describe('the release workflow', () => {
  test('makes a release of vX.Y.Z only, and none of the tag that moves', () => {
    expect(Object.keys(workflow.on)).toEqual(['push']);
    const tags = workflow.on['push']?.tags ?? [];
    expect(['v1.2.3', 'v10.0.12'].filter((tag) => !matchesFilters(tag, tags))).toEqual([]);
    expect(['v1', 'v1.2', 'latest', 'v1.2.3-rc.1'].filter((tag) => matchesFilters(tag, tags))).toEqual([]);
    const script = publish.steps.at(-1)?.run ?? '';
    expect(script.match(/gh release create "\$TAG" --verify-tag/g)).toHaveLength(1);
    expect(script).toContain('git/refs/tags/$major');
    expect(script.indexOf('gh release create')).toBeLessThan(script.indexOf('git/refs/tags/$major'));
  });

  test('builds dist anew and compares it before anything is published', () => {
    expect(build.steps.map(({ run }) => run)).toContain('npm run build:check');
    expect(publish.needs).toBe('build');
    expect(workflow.concurrency['cancel-in-progress']).toBe(false);
  });

  test('runs no code of dependencies where it may write', () => {
    expect(build.permissions).toEqual({ contents: 'read' });
    expect(
      publish.steps.filter(({ run, uses }) => /\b(npm|npx|node)\b/.test(run) || uses.includes('setup-node')),
    ).toEqual([]);
    expect(publish.environment).toBe('release');
  });

  test('signs where it comes from and what is in it', () => {
    const signed = publish.steps.filter(({ uses }) => uses.startsWith('actions/attest@'));
    expect(signed.map(({ with: given }) => given)).toEqual([
      { 'subject-checksums': 'release/SHA256SUMS' },
      { 'subject-checksums': 'release/SHA256SUMS', 'sbom-path': 'release/sbom.cdx.json' },
    ]);
  });
});

describe('the last step, with a `gh` that only notes what it is asked', () => {
  /** `refuses` are beginnings of commands that GitHub would answer with an error. */
  function publishing(...refuses: string[]) {
    const folder = mkdtempSync(join(tmpdir(), 'publishing-'));
    try {
      const log = join(folder, 'log');
      const cases = refuses.map((command) => `  '${command}'*) exit 1 ;;`).join('\n');
      const gh = `#!/bin/bash\nprintf '%s\\n' "$*" >>'${log}'\ncase "$*" in\n${cases}\n  *) exit 0 ;;\nesac\n`;
      writeFileSync(join(folder, 'gh'), gh, { mode: 0o755 });
      const env = { PATH: `${folder}:/usr/bin:/bin`, TAG: 'v1.4.2', GH_REPO: 'org/livekit-gke', GITHUB_SHA: 'abc' };
      const script = publish.steps.at(-1)?.run ?? '';
      const { status, stdout } = spawnSync('bash', ['-e', '-c', script], { env, encoding: 'utf8' });
      return { status, stdout, asked: readFileSync(log, 'utf8').trim().split('\n') };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  const CREATED = expect.stringMatching(/^release create v1\.4\.2 --verify-tag .*livekit-gke-v1\.4\.2\.tar\.gz/);
  const MOVED = 'api --method PATCH repos/org/livekit-gke/git/refs/tags/v1 -f sha=abc -F force=true';
  const MADE = 'api --method POST repos/org/livekit-gke/git/refs -f ref=refs/tags/v1 -f sha=abc';

  test('makes the release, then moves the tag of its major version', () => {
    const { status, asked } = publishing('release view');
    expect([status, asked]).toEqual([0, [CREATED, 'release view v1', MOVED]]);
  });

  test('makes that tag at the first release', () => {
    const { status, asked } = publishing('release view', 'api --method PATCH');
    expect([status, asked]).toEqual([0, [CREATED, 'release view v1', MOVED, MADE]]);
  });

  test('moves nothing when the release could not be made', () => {
    const { status, asked } = publishing('release create');
    expect([status, asked]).toEqual([1, [CREATED]]);
  });

  test('says why when somebody has made a release of the tag that moves', () => {
    const { status, asked, stdout } = publishing();
    expect([status, asked]).toEqual([1, [CREATED, 'release view v1']]);
    expect(stdout).toContain('There is a release v1');
  });
});

const CHANGELOG =
  '# Changelog\n\n## Unreleased\n\n- Soon\n\n## 1.2.3 - 2026-11-01\n\n### Added\n\n- A thing\n\n## 1.2.2\n\n- Old\n';

describe('a tag', () => {
  test('that is what it says has no objections', () => {
    expect(objections('v1.2.3', '1.2.3', CHANGELOG)).toEqual([]);
  });

  test.each([
    ['v1', '1.2.3', [/is no version/, /package.json says 1.2.3/, /has no words/]],
    ['v1.2.3', '1.2.2', [/package.json says 1.2.2, and the tag v1.2.3/]],
    ['v1.3.0', '1.3.0', [/CHANGELOG.md has no words under "## 1.3.0"/]],
    ['v1.2.30', '1.2.30', [/has no words under "## 1.2.30"/]],
  ])('%s of %s is refused', (tag, version, expected) => {
    expect(objections(tag, version, CHANGELOG)).toEqual(expected.map((words) => expect.stringMatching(words)));
  });

  test('has the notes of its version, and no other’s', () => {
    expect(notesOf(CHANGELOG, 'v1.2.3')).toBe('### Added\n\n- A thing');
    expect(notesOf(CHANGELOG, 'v1.2.2')).toBe('- Old');
  });
});

test('what a release is made of: archive, parts of what is bundled, a checksum for every file that runs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'release-'));
  try {
    execFileSync(process.execPath, ['scripts/release.ts', 'make', 'v0.1.0', folder], { cwd: root, stdio: 'pipe' });
    const files = readdirSync(folder).sort();
    expect(files).toEqual(['NOTES.md', 'SHA256SUMS', 'livekit-gke-v0.1.0.tar.gz', 'sbom.cdx.json']);
    const sums = readFileSync(join(folder, 'SHA256SUMS'), 'utf8').trim().split('\n');
    const run = readdirSync(join(root, 'dist')).filter((file) => file.endsWith('.js'));
    expect(sums.map((line) => line.slice(66)).sort()).toEqual(
      ['livekit-gke-v0.1.0.tar.gz', ...run.map((file) => `dist/${file}`)].sort(),
    );
    const bill = z
      .object({ components: z.array(z.looseObject({ name: z.string(), version: z.string() })) })
      .parse(JSON.parse(readFileSync(join(folder, 'sbom.cdx.json'), 'utf8')));
    const { dependencies } = z
      .object({ dependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
    const parts = bill.components.map(({ name, version }) => `${name}@${version}`);
    expect(Object.entries(dependencies).filter(([name, version]) => !parts.includes(`${name}@${version}`))).toEqual([]);
    expect(bill.components.map(({ name }) => name)).not.toContain('jest');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('checksums are as sha256sum writes them', () => {
  expect(checksums(new Map([['a.js', new TextEncoder().encode('abc')]]))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a.js\n',
  );
});
