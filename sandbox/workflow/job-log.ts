import type { ActEntry } from './act.ts';
import type { Mask } from './mask.ts';

export interface StepResult {
  readonly name: string;
  readonly number: number;
  readonly conclusion: string | null;
  readonly seconds: number;
  readonly log: string;
}

export interface JobAnnotation {
  readonly level: 'notice' | 'warning' | 'error';
  readonly title: string;
  readonly message: string;
  readonly file: string;
  readonly line: number | null;
}

interface Step {
  name: string;
  conclusion: string | null;
  seconds: number;
  lines: string[];
}

/** GitHub drops a step's summary over 1 MiB, and shows at most 10 annotations of a level a step. */
const MAX_SUMMARY_BYTES = 1024 * 1024;
const MAX_ANNOTATIONS = 10;

/** What act does with its actions, of no interest to who reads the log. */
const NOISE = /^(LocalRepositoryCache|Cleaning up|evaluating expression|\u{1F9EA}|Non-terminating error)/u;

/** Turns act's entries for one job into steps, log lines, summary, annotations and outputs, everything masked. */
export class JobLog {
  readonly outputs: Record<string, Record<string, string>> = {};
  readonly outcomes: Record<string, string> = {};
  readonly annotations: JobAnnotation[] = [];
  result: string | null = null;
  #summary: string[] = [];
  readonly #steps = new Map<string, Step>();
  readonly #job: string;
  readonly #names: ReadonlyMap<string, string>;
  readonly #mask: Mask;
  readonly #onLine: (step: string, line: string) => void;

  /** `names`: what GitHub calls the steps, by their ids. */
  constructor(
    job: string,
    names: ReadonlyMap<string, string>,
    mask: Mask,
    onLine: (step: string, line: string) => void,
  ) {
    this.#job = job;
    this.#names = names;
    this.#mask = mask;
    this.#onLine = onLine;
  }

  take(entry: ActEntry): void {
    if (entry.jobID !== this.#job) return;
    if (entry.jobResult !== undefined) this.result = entry.jobResult;
    const step = this.#stepOf(entry);
    if (entry.command !== undefined) return this.#command(entry, step);
    if (entry.stepResult !== undefined) return this.#end(entry, step);
    if (/^\u2B50/u.test(entry.msg) || entry.jobResult !== undefined || NOISE.test(entry.msg)) return;
    const failed = entry.level === 'error' && entry.raw_output !== true;
    this.#write(step, failed ? `##[error]${inGitHubsWords(entry.msg)}` : entry.msg);
  }

  /** A line that act itself wrote to stderr: why it could not run the job at all. */
  complain(line: string): void {
    const text = /^Error: (.*)$/.exec(line)?.[1];
    if (text !== undefined && !/^Job '.*' failed$/.test(text))
      this.#write(this.#named('Set up job'), `##[error]${text}`);
  }

  /** What GitHub's runner says before the first step. */
  introduce(lines: readonly string[]): void {
    for (const line of lines) this.#write(this.#named('Set up job'), line);
  }

  get summary(): string {
    return this.#mask.hide(this.#summary.join('\n'));
  }

  get steps(): StepResult[] {
    return [...this.#steps.values()].map(({ lines, name, ...step }, i) => ({
      ...step,
      name: this.#mask.hide(name),
      number: i + 1,
      log: this.#mask.hide(lines.join('\n')),
    }));
  }

  #stepOf(entry: ActEntry): Step {
    const stage = entry.stage === 'Pre' || entry.stage === 'Post' ? `${entry.stage} ` : '';
    const id = entry.stepID?.[0];
    // What happens before the first step (fetching actions) belongs to GitHub's "Set up job".
    if (id === undefined || entry.stage === 'Pre')
      return this.#named(entry.step === 'Complete job' ? 'Complete job' : 'Set up job');
    const name = this.#names.get(id) ?? entry.step ?? id;
    return this.#named(`${stage}${id}`, `${stage}${name}`);
  }

  #named(key: string, name = key): Step {
    let step = this.#steps.get(key);
    if (!step) {
      step = { name, conclusion: null, seconds: 0, lines: [] };
      this.#steps.set(key, step);
    }
    return step;
  }

  #end(entry: ActEntry, step: Step): void {
    step.conclusion = entry.stepResult ?? null;
    step.seconds = (entry.executionTime ?? 0) / 1e9;
    const id = entry.stepID?.length === 1 ? entry.stepID[0] : undefined;
    if (id !== undefined && entry.stage === 'Main') this.outcomes[id] = entry.stepResult ?? '';
  }

  #command(entry: ActEntry, step: Step): void {
    const { command = '', arg = '', name = '', content = '' } = entry;
    const id = entry.stepID?.[0] ?? '';
    if (command === 'add-mask') this.#mask.add(decoded(entry.raw) ?? arg);
    else if (command === 'set-output') (this.outputs[id] ??= {})[name] = arg;
    else if (command === 'summary') this.#addSummary(content, step);
    else if (command === 'group') this.#write(step, `##[group]${arg}`);
    else if (command === 'endgroup') this.#write(step, '##[endgroup]');
    else if (command === 'notice' || command === 'warning' || command === 'error')
      this.#annotate(command, entry.raw ?? '', step);
  }

  #addSummary(content: string, step: Step): void {
    const size = Buffer.byteLength(content);
    if (size <= MAX_SUMMARY_BYTES) return void this.#summary.push(content);
    const text = `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${Math.ceil(size / 1024)}k.`;
    this.#write(step, `##[error]${text}`);
    this.annotations.push({ level: 'error', title: '', message: text, file: '', line: null });
  }

  #annotate(level: JobAnnotation['level'], raw: string, step: Step): void {
    const [, properties = '', message = ''] = /^::\w+ ?(.*?)::([^]*)$/.exec(raw.trimEnd()) ?? [];
    const values = Object.fromEntries(
      properties
        .split(',')
        .map((pair) => [pair.slice(0, pair.indexOf('=')).trim(), unescape(pair.slice(pair.indexOf('=') + 1))]),
    ) as Record<string, string | undefined>;
    const text = this.#mask.hide(unescape(message));
    this.#write(step, `##[${level}]${text}`);
    if (this.annotations.filter((each) => each.level === level).length >= MAX_ANNOTATIONS) return;
    const line = values['line'] === undefined ? null : Number(values['line']);
    const title = this.#mask.hide(values['title'] ?? '');
    this.annotations.push({ level, title, message: text, file: values['file'] ?? '', line });
  }

  #write(step: Step, text: string): void {
    for (const line of text.replace(/\n$/, '').split('\n')) {
      const masked = this.#mask.hide(line);
      step.lines.push(masked);
      this.#onLine(this.#mask.hide(step.name), masked);
    }
  }
}

const inGitHubsWords = (message: string) =>
  message.replace(/^exit status (\d+)$/, 'Process completed with exit code $1.');

const decoded = (raw: string | undefined) => {
  const value = /^::add-mask::([^]*?)\r?\n?$/.exec(raw ?? '')?.[1];
  return value === undefined ? undefined : unescape(value);
};

const unescape = (text: string) =>
  text.replace(/%(0D|0A|3A|2C|25)/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
