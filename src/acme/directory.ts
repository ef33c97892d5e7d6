import { z } from 'zod';
import { acmeFailures } from './failures.ts';

export const DIRECTORIES = {
  letsencrypt: 'https://acme-v02.api.letsencrypt.org/directory',
  'letsencrypt-staging': 'https://acme-staging-v02.api.letsencrypt.org/directory',
  google: 'https://dv.acme-v02.api.pki.goog/directory',
} as const;

/** A directory's address, of a name in `DIRECTORIES` or as given; throws LK-ACME-001. */
export function directoryUrl(nameOrUrl: string): string {
  const text = nameOrUrl.trim();
  if (Object.hasOwn(DIRECTORIES, text)) return DIRECTORIES[text as keyof typeof DIRECTORIES];
  const url = URL.parse(text);
  if (url?.protocol === 'https:' && url.username === '' && url.password === '') return url.href;
  throw acmeFailures.failure('directory', {
    what: `The ACME directory ${JSON.stringify(text)} is neither ${Object.keys(DIRECTORIES).join(', ')} nor an https address.`,
  });
}

/** RFC 8555, section 7.1.1; `renewalInfo` of RFC 9773; `profiles` of the ACME profiles extension. */
export const directorySchema = z.object({
  newNonce: z.url(),
  newAccount: z.url(),
  newOrder: z.url(),
  keyChange: z.url().optional(),
  renewalInfo: z.url().optional(),
  meta: z
    .object({
      termsOfService: z.string().optional(),
      website: z.string().optional(),
      caaIdentities: z.array(z.string()).default([]),
      externalAccountRequired: z.boolean().default(false),
      profiles: z.record(z.string(), z.string()).default({}),
    })
    .prefault({}),
});
export type Directory = z.output<typeof directorySchema>;

/** The profile as the order may name it; throws LK-ACME-004 with what the directory offers instead. */
export function checkProfile(directory: Directory, host: string, profile: string | undefined): void {
  if (profile === undefined || Object.hasOwn(directory.meta.profiles, profile)) return;
  const offered = Object.keys(directory.meta.profiles);
  throw acmeFailures.failure('profile', {
    what:
      offered.length === 0
        ? `${host} offers no profiles, so \`${profile}\` cannot be ordered.`
        : `${host} has no profile \`${profile}\`; it offers ${offered.map((name) => `\`${name}\``).join(', ')}.`,
    ...(offered.length === 0 ? { fix: 'Leave the input `profile` out.' } : {}),
  });
}

/** More than what a network or a busy server explains. */
const LARGEST_SKEW_SECONDS = 300;

/** Compares this machine's clock with the date that the server told; throws LK-ACME-012. */
export function checkClock(host: string, serverDate: Date | undefined, now: Date): void {
  if (serverDate === undefined) return;
  const seconds = Math.round((now.getTime() - serverDate.getTime()) / 1000);
  if (Math.abs(seconds) <= LARGEST_SKEW_SECONDS) return;
  const size =
    Math.abs(seconds) < 7200
      ? `${Math.round(Math.abs(seconds) / 60)} min`
      : `${Math.round(Math.abs(seconds) / 3600)} h`;
  throw acmeFailures.failure('clock', {
    what: `This machine’s clock (${now.toISOString()}) is ${size} ${seconds > 0 ? 'ahead of' : 'behind'} that of ${host} (${serverDate.toISOString()}).`,
  });
}
