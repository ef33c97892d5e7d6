import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const readme = fileURLToPath(new URL('../helm/addons/turn-server/README.md', import.meta.url));

/** What the compiler says of a text as a module of a web page. */
function errorsOf(text: string): string[] {
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    noUnusedLocals: false,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...more) =>
    name === 'snippet.ts' ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022) : read(name, ...more);
  const program = ts.createProgram(['snippet.ts'], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

const snippet = /```typescript\n([^]*?)```/.exec(readFileSync(readme, 'utf8'))?.[1] ?? '';

test('the snippet for the web is TypeScript that a browser has the types for', () => {
  expect(snippet).toContain('RTCPeerConnection');
  expect(errorsOf(snippet)).toEqual([]);
});

test('a wrong field would be noticed', () => {
  expect(errorsOf(snippet.replace('iceServers:', 'iceServer:'))).not.toEqual([]);
});
