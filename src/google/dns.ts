import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Failure } from '../failure/failure.ts';
import { googleFailures } from './failures.ts';
import type { GoogleClient } from './request.ts';

/** A managed zone by its names: the project's id and the zone's own name, which is no domain. */
export interface ZoneReference {
  readonly project: string;
  readonly zone: string;
}

export interface ManagedZone extends ZoneReference {
  /** Without the dot at the end: `livekit.example.com`. */
  readonly dnsName: string;
  /** Without the dot at the end. */
  readonly nameServers: readonly string[];
  readonly isPublic: boolean;
}

/** What is to be added to and taken from the TXT records at one name (without the dot at the end). */
export interface TxtEdit {
  readonly name: string;
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

const zoneSchema = z.object({
  name: z.string(),
  dnsName: z.string(),
  nameServers: z.array(z.string()).default([]),
  visibility: z.string().default('public'),
});
const recordSchema = z.object({ name: z.string(), type: z.string(), ttl: z.int(), rrdatas: z.array(z.string()) });
type RecordSet = z.infer<typeof recordSchema>;
const recordsSchema = z.object({ rrsets: z.array(recordSchema).default([]) });
const changeSchema = z.object({ id: z.string(), status: z.enum(['pending', 'done']) });

/** Of record sets that are made here. Those that are there keep theirs. */
const TTL_SECONDS = 60;
const POLL_SECONDS = [0.5, 1, 1, 2, 2, 3, 5];
/** How often a change is made anew because somebody else changed the same names meanwhile. */
const ATTEMPTS = 6;

/** Looks up a zone; throws LK-GOOGLE-007 when there is none of that name. */
export async function readZone(
  google: GoogleClient,
  reference: ZoneReference,
  signal?: AbortSignal,
): Promise<ManagedZone> {
  const found = await google.request({
    host: 'dns.googleapis.com',
    path: zonePath(reference),
    answer: zoneSchema,
    subject: `the DNS zone ${reference.zone} of ${reference.project}`,
    signal,
  });
  return {
    ...reference,
    dnsName: withoutDot(found.dnsName),
    nameServers: found.nameServers.map(withoutDot),
    isPublic: found.visibility === 'public',
  };
}

/**
 * Adds and removes values of TXT records, all of them or none; every other value at these names stays. What is there already
 * (or gone already) is no error, so it can be repeated. The signal ends it before a change is sent, never while it is. Gives the change's id, or `undefined` when there was nothing to do.
 */
export async function changeTxt(
  google: GoogleClient,
  reference: ZoneReference,
  edits: readonly TxtEdit[],
  signal?: AbortSignal,
): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++) {
    const present = await Promise.all(edits.map((edit) => readTxt(google, reference, edit.name, signal)));
    const pairs = edits.map((edit, index) => [present[index], edited(edit, present[index])] as const);
    const changed = pairs.filter(([before, after]) => before?.rrdatas.join('\n') !== after?.rrdatas.join('\n'));
    if (changed.length === 0) return undefined;
    try {
      const change = await google.request({
        host: 'dns.googleapis.com',
        path: `${zonePath(reference)}/changes`,
        method: 'POST',
        body: {
          deletions: changed.flatMap(([before]) => before ?? []),
          additions: changed.flatMap(([, after]) => after ?? []),
        },
        answer: changeSchema,
        subject: `the records of the DNS zone ${reference.zone}`,
        // Not ended by the signal: nobody would know whether what was sent is carried out after all.
      });
      return change.id;
    } catch (error) {
      // Somebody else was faster, or the answer got lost: what is there now says what remains to be done.
      if (attempt === ATTEMPTS || signal?.aborted === true || !mayPass(error)) throw error;
      await sleep(200 * attempt * (0.5 + Math.random()), undefined, { signal });
    }
  }
}

/** Waits until Cloud DNS itself says that all its servers have the change. */
export async function untilDone(
  google: GoogleClient,
  reference: ZoneReference,
  change: string,
  { timeoutSeconds, signal }: { timeoutSeconds: number; signal?: AbortSignal },
): Promise<void> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  for (let poll = 0; ; poll++) {
    const { status } = await google.request({
      host: 'dns.googleapis.com',
      path: `${zonePath(reference)}/changes/${encodeURIComponent(change)}`,
      answer: changeSchema,
      subject: `the change ${change} of the DNS zone ${reference.zone}`,
      signal,
    });
    if (status === 'done') return;
    if (performance.now() > deadline) {
      throw googleFailures.failure('unavailable', {
        what: `Cloud DNS did not carry out the change ${change} of the zone ${reference.zone} within ${timeoutSeconds} s.`,
      });
    }
    const seconds = POLL_SECONDS[Math.min(poll, POLL_SECONDS.length - 1)] ?? 5;
    await sleep(seconds * 1000, undefined, { signal });
  }
}

async function readTxt(
  google: GoogleClient,
  reference: ZoneReference,
  name: string,
  signal?: AbortSignal,
): Promise<RecordSet | undefined> {
  const { rrsets } = await google.request({
    host: 'dns.googleapis.com',
    path: `${zonePath(reference)}/rrsets?name=${encodeURIComponent(`${name}.`)}&type=TXT`,
    answer: recordsSchema,
    subject: `the TXT records of ${name}`,
    signal,
  });
  return rrsets.find((set) => set.type === 'TXT' && set.name.toLowerCase() === `${name}.`.toLowerCase());
}

/** The record set after the edit; `undefined` when nothing is left of it. */
function edited({ name, add = [], remove = [] }: TxtEdit, before: RecordSet | undefined): RecordSet | undefined {
  const kept = (before?.rrdatas ?? []).filter((data) => !remove.includes(unquoted(data)));
  const missing = add.filter((value) => !kept.some((data) => unquoted(data) === value));
  const rrdatas = [...kept, ...missing.map((value) => `"${value}"`)];
  if (rrdatas.length === 0) return undefined;
  return { name: before?.name ?? `${name}.`, type: 'TXT', ttl: before?.ttl ?? TTL_SECONDS, rrdatas };
}

function mayPass(error: unknown): boolean {
  const codes = ['preconditionFailed', 'notFound', 'unavailable'] as const;
  return error instanceof Failure && codes.some((kind) => error.code === googleFailures.code(kind));
}

/** A TXT record's data as a value: `"ab" "cd"` is `abcd`. */
function unquoted(data: string): string {
  const parts = data.match(/"(?:[^"\\]|\\.)*"/g);
  return parts === null ? data : parts.map((part) => part.slice(1, -1).replace(/\\(.)/g, '$1')).join('');
}

function zonePath({ project, zone }: ZoneReference): string {
  return `/dns/v1/projects/${encodeURIComponent(project)}/managedZones/${encodeURIComponent(zone)}`;
}

function withoutDot(name: string): string {
  return name.replace(/\.$/, '').toLowerCase();
}
