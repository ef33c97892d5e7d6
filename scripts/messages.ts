/** Writes docs/messages.md from the catalogues of all failures: `node scripts/messages.ts`. */
import { readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Catalogue, FailureKind } from '../src/failure/failure.ts';

type AnyCatalogue = Catalogue<Record<string, FailureKind>>;

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
export const MESSAGES_PAGE = join(root, 'docs/messages.md');

/** One message with its code and the folder that it comes from. */
export interface Message extends FailureKind {
  readonly code: string;
  readonly area: string;
  readonly folder: string;
}

/** All messages of all `failures.ts` under src, by area and number. */
export async function allMessages(): Promise<Message[]> {
  const files = (await readdir(join(root, 'src'), { recursive: true })).filter((file) =>
    /(^|\/)failures\.ts$/.test(file),
  );
  const messages: Message[] = [];
  for (const file of files.sort()) {
    const module = (await import(join(root, 'src', file))) as Record<string, unknown>;
    for (const catalogue of Object.values(module).filter(isCatalogue)) {
      for (const [name, kind] of Object.entries(catalogue.kinds)) {
        messages.push({ ...kind, code: catalogue.code(name), area: catalogue.area, folder: `src/${dirname(file)}` });
      }
    }
  }
  return messages.sort((a, b) => a.area.localeCompare(b.area) || a.number - b.number);
}

/** The page; the headings are the codes, so that `docs/messages.md#lk-env-001` leads to one. */
export function renderMessages(messages: readonly Message[]): string {
  const areas = Map.groupBy(messages, (message) => message.area);
  const lines = [
    '# Messages',
    '',
    '<!-- Made by scripts/messages.ts from the failures.ts files; change those, then run `npm run docs`. -->',
    '',
    'Every failure has a code. The message itself says what happened; here is what it means in general.',
    '',
    '| code | what happened |',
    '|---|---|',
    ...messages.map(({ code, title }) => `| [${code}](#${code.toLowerCase()}) | ${title} |`),
  ];
  for (const [area, ofArea] of areas) {
    lines.push('', `## ${area} (\`${ofArea[0]?.folder ?? ''}\`)`);
    for (const { code, title, why, fix } of ofArea) {
      lines.push('', `### ${code}`, '', `**${title}.**`, '', `Why: ${why}`, '', `Fix: ${fix}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function isCatalogue(value: unknown): value is AnyCatalogue {
  return typeof value === 'object' && value !== null && 'area' in value && 'kinds' in value && 'code' in value;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const messages = await allMessages();
  await writeFile(MESSAGES_PAGE, renderMessages(messages));
  console.log(`docs/messages.md: ${messages.length} messages.`);
}
