import { readFile } from 'node:fs/promises';
import { type DetachedProcess, waitForDetached } from '../exec/detached.ts';
import { log } from '../runner/log.ts';
import { redact } from '../runner/mask.ts';
import { annotate } from './engine.ts';
import { parseMessage } from './message.ts';

/** What post needs to find an apply that main had to leave: kept as JSON in the step's saved state. */
export interface RunningApply {
  readonly child: DetachedProcess;
  readonly logFile: string;
  readonly environment: string;
  readonly repositoryPath: string;
  readonly engine: string;
}

/** GitHub ends a cancelled job for good after five minutes. */
export const WAIT_LIMIT_SECONDS = 270;

/** Waits for an apply that was left running when the job was cancelled, and gives what became of it as markdown. */
export async function awaitApply(apply: RunningApply, limitSeconds = WAIT_LIMIT_SECONDS): Promise<string> {
  log.info(
    `${apply.engine} apply of ${apply.environment} still runs (process ${apply.child.id}): it was interrupted and ends what it is doing. Waiting up to ${limitSeconds} s.`,
  );
  const ended = await waitForDetached(apply.child, limitSeconds, apply.logFile, () => undefined);
  const messages = (await readFile(apply.logFile, 'utf8')).split('\n').flatMap((line) => parseMessage(line) ?? []);
  const done = messages
    .filter(({ type }) => type === 'apply_complete')
    .map(({ hook }) => `${hook?.action ?? ''} ${hook?.resource?.addr ?? ''}`.trim());
  const diagnostics = messages.flatMap(({ diagnostic }) => diagnostic ?? []);
  annotate(diagnostics, apply.repositoryPath);
  const complete = messages.some(({ changes }) => changes?.operation === 'apply');
  const verdict = ended
    ? complete
      ? `The apply of ${apply.environment} was cancelled, but came to its end first: everything is applied.`
      : `The apply of ${apply.environment} was cancelled. Terraform ended in order and kept the state; ${done.length} of its changes are done.`
    : `The apply of ${apply.environment} still ran after ${limitSeconds} s and ends with the runner. The state may be locked: see \`${apply.engine} force-unlock\` in ${apply.repositoryPath}, with the id that the next plan names.`;
  log.warning(verdict);
  const list = done.length === 0 ? '' : `\n\n${done.map((line) => `- \`${line.replaceAll('`', '')}\``).join('\n')}`;
  return redact(`### ⚠️ ${apply.environment}: apply cancelled\n\n${verdict}${list}`);
}
