import { z } from 'zod';

/** A fault on demand: the next `times` requests that match get this answer, or wait, or lose their connection. */
export const faultSchema = z.object({
  method: z.string().toUpperCase().default('*'),
  path: z.string().default('.*'),
  status: z.number().int().optional(),
  body: z.unknown().optional(),
  headers: z.record(z.string(), z.string()).default({}),
  times: z.number().int().positive().default(1),
  delayMilliseconds: z.number().nonnegative().default(0),
  hangUp: z.boolean().default(false),
});

export type Fault = z.infer<typeof faultSchema>;

export interface LoggedRequest {
  readonly time: string;
  readonly method: string;
  readonly path: string;
  readonly login: string | null;
  readonly operation: string | null;
  readonly status: number;
}

const LOG_LENGTH = 2000;

export class Faults {
  #faults: Fault[] = [];
  #log: LoggedRequest[] = [];

  add(fault: Fault): void {
    void new RegExp(fault.path);
    this.#faults.push(fault);
  }

  clear(): void {
    this.#faults = [];
  }

  list(): readonly Fault[] {
    return this.#faults;
  }

  /** The fault for this request, counted down. */
  take(method: string, path: string): Fault | undefined {
    const found = this.#faults.find(
      (fault) => (fault.method === '*' || fault.method === method) && new RegExp(fault.path).test(path),
    );
    if (!found) return undefined;
    found.times -= 1;
    if (found.times === 0) this.#faults = this.#faults.filter((fault) => fault !== found);
    return found;
  }

  record(request: LoggedRequest): void {
    this.#log.push(request);
    if (this.#log.length > LOG_LENGTH) this.#log.shift();
  }

  requests(): readonly LoggedRequest[] {
    return this.#log;
  }

  forget(): void {
    this.#log = [];
  }
}
