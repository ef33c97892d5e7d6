import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** From the top down: a folder imports only from its own layer or from below. */
const LAYERS: readonly (readonly string[])[] = [
  ['actions'],
  ['src/terraform', 'src/helm', 'src/gitops', 'src/acme', 'src/certificate', 'src/verify'],
  ['src/google', 'src/github', 'src/kubernetes', 'src/livekit', 'src/environment'],
  ['src/exec', 'src/tools', 'src/runner'],
  ['src/failure'],
];

interface Source {
  readonly path: string;
  readonly folder: string;
  readonly isTest: boolean;
  /** What it imports from this repository, by path. */
  readonly own: readonly string[];
  readonly packages: readonly string[];
  /** Lines on which it reads `process.env`. */
  readonly readsEnvironment: readonly number[];
}

/** `src/verify/checks/x.ts` belongs to `src/verify`. */
function folderOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  return first === 'src' ? `src/${second}` : first;
}

function analyse(path: string, text: string): Source {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2024, true);
  const specifiers: string[] = [];
  const readsEnvironment: number[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
      if (ts.isStringLiteral(node.moduleSpecifier)) specifiers.push(node.moduleSpecifier.text);
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument !== undefined && ts.isStringLiteral(argument)) specifiers.push(argument.text);
    }
    if (ts.isPropertyAccessExpression(node) && node.getText() === 'process.env') {
      readsEnvironment.push(file.getLineAndCharacterOfPosition(node.getStart()).line + 1);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return {
    path,
    folder: folderOf(path),
    isTest: /\.(test|fixture)\.ts$/.test(path),
    own: specifiers.filter((one) => one.startsWith('.')).map((one) => relative(root, join(root, dirname(path), one))),
    packages: specifiers.filter((one) => !one.startsWith('.')),
    readsEnvironment,
  };
}

const sources = ['src', 'actions'].flatMap((top) =>
  readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => analyse(`${top}/${file}`, readFileSync(join(root, top, file), 'utf8'))),
);
const product = sources.filter((source) => !source.isTest);

function layerOf(folder: string): number {
  return LAYERS.findIndex((layer) => layer.includes(folder));
}

describe('dependencies', () => {
  test('every folder of src has its layer', () => {
    const unknown = [...new Set(sources.map(({ folder }) => folder))].filter((folder) => layerOf(folder) === -1);
    expect(unknown).toEqual([]);
    expect(product.length).toBeGreaterThan(30);
  });

  test('point from actions down to failure, never up', () => {
    const upward = sources.flatMap(({ path, folder, own }) =>
      own
        .filter((target) => layerOf(folderOf(target)) !== -1 && layerOf(folderOf(target)) < layerOf(folder))
        .map((target) => `${path} -> ${target}`),
    );
    expect(upward).toEqual([]);
  });

  test('of actions and src stay within actions and src', () => {
    const outside = product.flatMap(({ path, own }) =>
      own.filter((target) => !/^(src|actions)\//.test(target)).map((target) => `${path} -> ${target}`),
    );
    expect(outside).toEqual([]);
    const tests = sources.flatMap(({ path, own }) =>
      own.filter((target) => /^sandbox\//.test(target)).map((target) => `${path} -> ${target}`),
    );
    expect(tests).toEqual([]);
  });

  test('of the product never lead into a test or a fixture', () => {
    const wrong = product.flatMap(({ path, own }) =>
      own.filter((target) => /\.(test|fixture)\.ts$/.test(target)).map((target) => `${path} -> ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('have no cycle between files', () => {
    expect(cycles(new Map(product.map(({ path, own }) => [path, own])))).toEqual([]);
  });

  test('have no cycle between folders', () => {
    const folders = new Map<string, string[]>();
    for (const { folder, own } of product) {
      const targets = own.map(folderOf).filter((target) => target !== folder);
      folders.set(folder, [...(folders.get(folder) ?? []), ...targets]);
    }
    expect(cycles(folders)).toEqual([]);
  });
});

describe('the world outside', () => {
  test('is started only by src/exec: nobody else uses child_process or the toolkit’s exec', () => {
    const wrong = product.filter(
      ({ folder, packages }) =>
        folder !== 'src/exec' && packages.some((one) => /^(node:)?child_process$|^@actions\/exec$/.test(one)),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('gives inputs and variables only to src/runner and actions/*/main.ts', () => {
    const wrong = product
      .filter(({ folder, path }) => folder !== 'src/runner' && !/^actions\/[^/]+\/main\.ts$/.test(path))
      // Hands the whole environment on to a child, and reads nothing of it.
      .filter(({ path }) => path !== 'src/exec/run.ts')
      .flatMap(({ path, readsEnvironment }) => readsEnvironment.map((line) => `${path}:${line}`));
    expect(wrong).toEqual([]);
  });

  test('is spoken to in the runner’s language only by src/runner', () => {
    const wrong = product.filter(
      ({ folder, packages }) => folder !== 'src/runner' && packages.includes('@actions/core'),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });
});

describe('this test', () => {
  test('sees static, dynamic and type imports, and what reads the environment', () => {
    const source = analyse(
      'src/helm/a.ts',
      `import type { A } from '../google/a.ts';
       export { b } from './b.ts';
       const c = await import('../exec/c.ts');
       // process.env in a comment
       import { spawn } from 'node:child_process';
       const d = process.env['D'];`,
    );
    expect(source).toMatchObject({
      folder: 'src/helm',
      own: ['src/google/a.ts', 'src/helm/b.ts', 'src/exec/c.ts'],
      packages: ['node:child_process'],
      readsEnvironment: [6],
    });
  });

  test('finds a cycle by its path', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['a', 'd']],
      ['d', []],
    ]);
    expect(cycles(graph)).toEqual(['a -> b -> c -> a']);
  });
});

/** Each cycle once, as a path. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (node: string, path: readonly string[]): void => {
    const start = path.indexOf(node);
    if (start !== -1) {
      found.push([...path.slice(start), node].join(' -> '));
      return;
    }
    if (done.has(node)) return;
    for (const next of graph.get(node) ?? []) walk(next, [...path, node]);
    done.add(node);
  };
  for (const node of graph.keys()) walk(node, []);
  return found;
}
