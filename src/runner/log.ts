import * as core from '@actions/core';
import type { Failure } from '../failure/failure.ts';
import { redact } from './mask.ts';

/** Where a message points to in the repository's files; GitHub shows it there. */
export interface Place {
  readonly file: string;
  readonly line?: number;
}

/**
 * The runner obeys lines of the log that are commands: `::name` at a line's start, `##[name` anywhere. Programs, pods and
 * APIs are quoted there; a zero-width space keeps their words from switching off masks or setting outputs.
 */
function inert(text: string): string {
  return text.replace(/^([\s\u0085]*):(?=:)/gm, '$1:\u200b').replaceAll('##[', '#\u200b#[');
}

export const log = {
  info: (text: string) => core.info(inert(redact(text))),
  debug: (text: string) => core.debug(redact(text)),
  notice: (text: string, place?: Place) => core.notice(redact(text), annotation(place)),
  warning: (text: string, place?: Place) => core.warning(redact(text), annotation(place)),
  error: (text: string, place?: Place, title?: string) =>
    core.error(redact(text), { ...annotation(place), ...(title ? { title } : {}) }),
};

/**
 * Runs one step of the work: a folded group in the log with its duration as last line. What it returns may be a
 * sentence that says what came out; it is printed after the group, so that the folded log reads as a story.
 */
export async function step<T>(title: string, work: () => Promise<T>, outcome?: (result: T) => string): Promise<T> {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  core.startGroup(title);
  try {
    const result = await work();
    core.endGroup();
    log.info(`✓ ${outcome?.(result) ?? title} (${seconds()})`);
    return result;
  } catch (error) {
    core.endGroup();
    log.info(`✗ ${title} (${seconds()})`);
    throw error;
  }
}

/** The failure as everyone sees it: the sentence, why, what to do. */
export function explain(failure: Failure): string {
  return redact(`${failure.message}\nWhy: ${failure.why}\nFix: ${failure.fix}`);
}

function annotation(place: Place | undefined): core.AnnotationProperties {
  if (place === undefined) return {};
  return place.line === undefined ? { file: place.file } : { file: place.file, startLine: place.line };
}
