/** Writes docs/checks.md and docs/schemas/verify-report.json from src/verify: `node scripts/verify-docs.ts`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { addonChecks } from '../src/verify/checks/addons/index.ts';
import { checks as always } from '../src/verify/checks/index.ts';
import { reportSchema } from '../src/verify/report.ts';

const checks = [...always, ...Object.values(addonChecks).flat()];

const docs = join(dirname(fileURLToPath(import.meta.url)), '../docs');

/** The generated files by their paths. */
export function verifyDocs(): Map<string, string> {
  return new Map([
    [join(docs, 'checks.md'), renderChecks()],
    [join(docs, 'schemas/verify-report.json'), `${JSON.stringify(schema(), null, 2)}\n`],
  ]);
}

function renderChecks(): string {
  const lines = [
    '# What verify checks',
    '',
    '<!-- Made by scripts/verify-docs.ts from src/verify/checks; change those, then run `npm run docs`. -->',
    '',
    'Each check passes, warns, fails, is skipped (it does not apply, or what it needs failed), or is inconclusive (it could',
    'not be found out from where verify runs). All that do not need each other run at once. Checks of an add-on carry its name as',
    'a tag, and run when the input `addons` names it. [verify-faults.md](verify-faults.md) has faults against the checks that tell them.',
    '',
    '| check | tags | needs | time-out |',
    '|---|---|---|---:|',
    ...checks.map(
      ({ id, tags, needs, timeoutSeconds }) =>
        `| [${id}](#${id}) | ${tags.join(', ')} | ${needs.join(', ')} | ${timeoutSeconds} s |`,
    ),
  ];
  for (const { id, title, proves, converges } of checks) {
    const tries = converges === true ? ' It is tried again until its time-out, since waiting helps.' : '';
    lines.push('', `## ${id}`, '', `**${title}.** ${proves}${tries}`);
  }
  return `${lines.join('\n')}\n`;
}

function schema() {
  return { title: 'The report of verify', ...z.toJSONSchema(reportSchema) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of verifyDocs()) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}
