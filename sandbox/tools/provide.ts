import { existsSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withLock } from '../lock.ts';
import type { Note, Progress } from '../progress.ts';
import { together } from '../together.ts';
import { CATALOGUE, findTool, type GoRecipe, type Tool } from './catalogue.ts';
import { buildFromModule } from './build.ts';
import { download } from './download.ts';
import { namesIn, onThisMachine, resolveTool, type Surroundings } from './resolve.ts';

/** Two cores are enough for one compiler and one linker at a time. */
const BUILDS_AT_ONCE = 2;

/** Gets tools, each once, side by side with whatever needs none of them. */
export class ToolProvider {
  private readonly cache: string;
  private readonly bin: string;
  private readonly progress: Progress;
  private readonly signal: AbortSignal | undefined;
  private readonly surroundings: Surroundings;
  private readonly asked = new Map<string, Promise<string>>();
  private readonly builds = new Map<string, Promise<void>>();
  private readonly queue: (() => void)[] = [];
  private building = 0;

  /** `cache`: folder of all tools ever fetched; `bin`: folder that gets a link to each tool in use; `signal` gives up. */
  constructor(cache: string, bin: string, progress: Progress, signal?: AbortSignal, surroundings = onThisMachine) {
    this.cache = join(cache, 'tools');
    this.bin = bin;
    this.progress = progress;
    this.signal = signal;
    this.surroundings = surroundings;
  }

  /** Gives the link in `bin` once the tool is there. */
  get(name: string): Promise<string> {
    let promise = this.asked.get(name);
    if (!promise) {
      promise = this.provide(findTool(name)).then((file) => this.link(name, file));
      // Whoever waits for it hears of a failure; one that nobody waits for yet must not end the process.
      promise.catch(() => undefined);
      this.asked.set(name, promise);
    }
    return promise;
  }

  /** Begins to fetch all tools of the sandbox, or those named, in the catalogue's order; each can be waited for by `get`. */
  async all(
    names: readonly string[] = CATALOGUE.filter((tool) => tool.onRequest !== true).map((tool) => tool.name),
  ): Promise<void> {
    await together(CATALOGUE.filter((tool) => names.includes(tool.name)).map((tool) => this.get(tool.name)));
  }

  private async provide(tool: Tool): Promise<string> {
    const cached = this.cached(tool);
    const source = await resolveTool(tool, cached, { ...this.surroundings, onPath: (name) => this.onPath(name) });
    if (source.kind === 'path' || source.kind === 'cache') return source.file;
    if (source.kind === 'none') throw new Error(whatIsNeeded(tool));
    if (source.kind === 'download' && (await this.fetch(tool, cached))) return cached;
    if (!tool.build) throw new Error(whatIsNeeded(tool));
    await this.buildOnce(tool.build, tool);
    return cached;
  }

  /** Without the links of `bin`, which may be on PATH: a link to itself helps nobody. */
  private onPath(name: string): string[] {
    return this.surroundings.onPath(name).filter((file) => dirname(file) !== this.bin);
  }

  private fetch(tool: Tool, target: string): Promise<boolean> {
    const release = tool.downloads?.[this.surroundings.platform];
    if (!release) return Promise.resolve(false);
    const what = `${tool.name} ${tool.version}: download of the official release, for ${tool.purpose}`;
    return this.progress.step(
      what,
      (note) =>
        this.locked(tool.name, note, () => (existsSync(target) ? Promise.resolve(true) : download(release, target))),
      (done) => (done ? '' : 'out of reach'),
    );
  }

  private buildOnce(recipe: GoRecipe, tool: Tool): Promise<void> {
    const key = Object.keys(recipe.packages).join(' ');
    let build = this.builds.get(key);
    if (!build) {
      build = this.build(recipe, tool, key);
      this.builds.set(key, build);
    }
    return build;
  }

  private async build(recipe: GoRecipe, tool: Tool, names: string): Promise<void> {
    const target = (name: string): string => this.cached(findTool(name));
    const isThere = (): boolean => Object.keys(recipe.packages).every((name) => existsSync(target(name)));
    const what = `${names} ${tool.version}: built from the Go module (neither on PATH nor in the cache), for ${tool.purpose}`;
    await this.turn();
    try {
      this.signal?.throwIfAborted();
      await this.progress.step(what, (note) =>
        this.locked(recipe.module, note, async () => {
          if (isThere()) return;
          this.removeRemains(Object.keys(recipe.packages));
          await buildFromModule(recipe, target, note, this.signal);
        }),
      );
    } finally {
      this.building--;
      this.queue.shift()?.();
    }
  }

  /** Waits until fewer builds run than may. */
  private async turn(): Promise<void> {
    while (this.building >= BUILDS_AT_ONCE) await new Promise<void>((resolve) => this.queue.push(resolve));
    this.building++;
  }

  private locked<T>(name: string, note: Note, work: () => Promise<T>): Promise<T> {
    return withLock(join(this.cache, `${name}.lock`), work, (pid) =>
      note(`process ${pid} fetches it, waiting for that`),
    );
  }

  /** What a killed run left of its work; nobody else works here while the lock is held. */
  private removeRemains(names: readonly string[]): void {
    for (const name of names) {
      const folder = join(this.cache, name);
      for (const entry of namesIn(folder).filter((each) => /^\.(build|download)-/.test(each))) {
        rmSync(join(folder, entry), { recursive: true, force: true });
      }
    }
  }

  private cached(tool: Tool): string {
    return join(this.cache, tool.name, tool.version, tool.name);
  }

  private link(name: string, file: string): string {
    const link = join(this.bin, name);
    mkdirSync(this.bin, { recursive: true });
    try {
      if (readlinkSync(link) === file) return link;
    } catch {
      // No link yet.
    }
    symlinkSync(file, `${link}.new`);
    renameSync(`${link}.new`, link);
    return link;
  }
}

function whatIsNeeded(tool: Tool): string {
  const { atLeast, below } = tool.range;
  return `${tool.name} ${atLeast} or later (below ${below}) is needed on PATH, for ${tool.purpose}, and cannot be fetched here: install it and start again`;
}
