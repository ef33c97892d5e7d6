import { lockHolderOf, parseMessage, placeOf, sentence, words } from './message.ts';

// Lines as Terraform 1.11.4 prints them.
const LOCKED = JSON.stringify({
  '@level': 'error',
  '@message': 'Error: Error acquiring the state lock',
  diagnostic: {
    severity: 'error',
    summary: 'Error acquiring the state lock',
    detail:
      'Error message: writing "gs://st/livekit/dev/default.tflock" failed: googleapi: Error 412: Precondition failed\nLock Info:\n  ID:        1795250927387653\n  Path:      \n  Operation: OperationTypeApply\n  Who:       runner@host\n  Version:   1.11.4\n  Created:   2026-11-20 10:00:00 +0000 UTC\n  Info:      \n\n\nTerraform acquires a state lock',
  },
  type: 'diagnostic',
});
const MISTAKE = JSON.stringify({
  '@message': 'Error: Unsupported argument',
  diagnostic: {
    severity: 'error',
    summary: 'Unsupported argument',
    detail: 'An argument named "inputt"\nis not expected here.',
    range: { filename: '../../modules/gke/main.tf', start: { line: 12, column: 3, byte: 3 }, end: { line: 12 } },
    snippet: { context: null, code: 'x', start_line: 12, values: [] },
  },
  type: 'diagnostic',
});

const diagnosticOf = (line: string) => {
  const found = parseMessage(line)?.diagnostic;
  if (found === undefined) throw new Error('no diagnostic');
  return found;
};

test('a diagnostic points to the file from the repository’s root, in a module too', () => {
  expect(placeOf(diagnosticOf(MISTAKE), 'terraform/environments/dev')).toEqual({
    file: 'terraform/modules/gke/main.tf',
    line: 12,
  });
});

test('a place outside of the repository is none', () => {
  expect(placeOf(diagnosticOf(MISTAKE), 'dev')).toBeUndefined();
});

test('a diagnostic is one line with its place first', () => {
  expect(sentence(diagnosticOf(MISTAKE), 'terraform/environments/dev')).toBe(
    'terraform/modules/gke/main.tf:12: Unsupported argument: An argument named "inputt" is not expected here.',
  );
});

test('who holds the lock is read from Terraform’s words', () => {
  expect(lockHolderOf([diagnosticOf(LOCKED)])).toEqual({
    id: '1795250927387653',
    who: 'runner@host',
    operation: 'OperationTypeApply',
    created: '2026-11-20 10:00:00 +0000 UTC',
  });
  expect(lockHolderOf([diagnosticOf(MISTAKE)])).toBeUndefined();
});

test('plain lines that Terraform mixes in are kept, without colours', () => {
  const line = '\u001b[0m\u001b[32mSuccessfully configured the backend "gcs"!\u001b[0m';
  expect(parseMessage(line)).toBeUndefined();
  expect(words(line, undefined)).toBe('Successfully configured the backend "gcs"!');
});

test.each(['{', '{"type":"diagnostic"}', '[]', ''])('%j is no message', (line) =>
  expect(parseMessage(line)).toBeUndefined(),
);
