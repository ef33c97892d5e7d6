import type { Helm } from './helm.ts';

export interface FakeAnswer {
  readonly exitCode?: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** A Helm that answers each command as it is told; a list is used up one by one, its last stays. `calls` has what was asked. */
export function fakeHelm(answers: Readonly<Record<string, FakeAnswer | FakeAnswer[]>>): {
  helm: Helm;
  calls: string[];
} {
  const calls: string[] = [];
  const helm: Helm = {
    version: '4.3.1',
    directory: '/nowhere',
    command: async (args) => {
      calls.push(args.join(' '));
      const given = answers[args[0] ?? ''];
      const answer = Array.isArray(given) ? (given.length > 1 ? given.shift() : given[0]) : given;
      if (answer === undefined) throw new Error(`helm ${args.join(' ')} was not expected`);
      return Promise.resolve({ exitCode: 0, stdout: '', stderr: '', durationSeconds: 0, ...answer });
    },
  };
  return { helm, calls };
}
