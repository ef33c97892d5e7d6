import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/** Before all tests: what they make in the temporary directory lies in one of the run, so that nothing of a run stays. */
export default function openScratch() {
  const scratch = mkdtempSync(join(tmpdir(), 'lk-tests-'));
  process.env['TMPDIR'] = scratch;
  globalThis.removeScratch = () => rmSync(scratch, { recursive: true, force: true });
}
