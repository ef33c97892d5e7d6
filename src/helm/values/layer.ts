import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reason } from '../../failure/failure.ts';
import type { Place } from '../../runner/log.ts';
import { helmFailures } from '../failures.ts';
import { at, isMapping, merge, type Path, type Values } from './tree.ts';

/** One source of values. Later layers win. */
export interface Layer {
  /** A file's path in the workspace, or what else gave the values: `the outputs document`. */
  readonly name: string;
  readonly values: Values;
  /** Where a value stands, in a layer that is a file. */
  readonly place?: (path: Path) => Place | undefined;
}

/** Reads a values file; throws LK-HELM-002. `file` is relative to the workspace. */
export async function readLayer(workspace: string, file: string): Promise<Layer> {
  let text: string;
  try {
    text = await readFile(join(workspace, file), 'utf8');
  } catch (error) {
    throw helmFailures.failure('valuesFile', {
      what: `The values file ${file} could not be read: ${reason(error)}.`,
      cause: error,
    });
  }
  return parseLayer(file, text);
}

/** As `readLayer`, of a text. */
export async function parseLayer(file: string, text: string): Promise<Layer> {
  const { LineCounter, isNode, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const problem = document.errors[0];
  if (problem !== undefined) {
    throw helmFailures.failure('valuesFile', {
      what: `The values file ${file} is not YAML: ${problem.message.split('\n')[0]?.replace(/[.:]$/, '')}.`,
    });
  }
  let values: unknown;
  try {
    values = document.toJS() ?? {};
    // They end as JSON, which an alias within its own anchor cannot be.
    JSON.stringify(values);
  } catch (error) {
    throw helmFailures.failure('valuesFile', {
      what: `The values file ${file} cannot be used: ${reason(error).slice(0, 200)}.`,
      cause: error,
    });
  }
  if (!isMapping(values)) {
    throw helmFailures.failure('valuesFile', { what: `The values file ${file} has no mapping at its top.` });
  }
  return {
    name: file,
    values,
    place(path) {
      // The nearest thing above that is written in the file: a list that came by an alias has no places of its own.
      for (let length = path.length; length > 0; length--) {
        const node = document.getIn(path.slice(0, length), true);
        if (isNode(node) && node.range) return { file, line: lines.linePos(node.range[0]).line };
      }
      return undefined;
    },
  };
}

export function mergeLayers(layers: readonly Layer[]): Values {
  return layers.reduce<Values>((merged, layer) => merge(merged, layer.values), {});
}

/** The layer that gives a path its value: the last that has it. */
export function sourceOf(
  layers: readonly Layer[],
  path: Path,
): { layer: string; place: Place | undefined } | undefined {
  const layer = layers.findLast(({ values }) => at(values, path) !== undefined);
  return layer === undefined ? undefined : { layer: layer.name, place: layer.place?.(path) };
}
