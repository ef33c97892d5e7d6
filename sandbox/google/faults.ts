import { z } from 'zod';

export const faultSchema = z.strictObject({
  /** Host of the service, or `cloud` for the resource store. */
  service: z.string().optional(),
  method: z.string().optional(),
  /** Regular expression over the path below the host. */
  path: z.string().optional(),
  /** Regular expression over the query, decoded: an upload names its object there. */
  query: z.string().optional(),
  /** Without a status the request is answered as usual, after the delay. */
  status: z.int().min(200).max(599).optional(),
  body: z.unknown().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  times: z.int().min(1).default(1),
  delayMs: z.int().min(0).max(600_000).default(0),
});
export type Fault = z.output<typeof faultSchema>;

/** Faults on demand: the next requests that match are delayed or answered with an error. */
export class Faults {
  private faults: (Fault & { left: number })[] = [];

  add(fault: Fault): void {
    this.faults.push({ ...fault, left: fault.times });
  }

  clear(): void {
    this.faults = [];
  }

  pending(): readonly Fault[] {
    return this.faults.map(({ left, ...fault }) => ({ ...fault, times: left }));
  }

  /** Takes the first fault that matches; each is spent after its number of times. */
  take(service: string, method: string, path: string, query = ''): Fault | undefined {
    const found = this.faults.find(
      (fault) =>
        (fault.service === undefined || fault.service === service) &&
        (fault.method === undefined || fault.method === method) &&
        (fault.path === undefined || new RegExp(fault.path).test(path)) &&
        (fault.query === undefined || new RegExp(fault.query).test(query)),
    );
    if (!found) return undefined;
    found.left -= 1;
    if (found.left === 0) this.faults = this.faults.filter((fault) => fault !== found);
    return found;
  }
}
