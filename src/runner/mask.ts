import * as core from '@actions/core';

const known = new Set<string>();
let ordered: readonly string[] = [];
let announce: (form: string) => void = (form) => core.setSecret(form);

/**
 * Registers a secret so that neither the runner's log nor `redact` shows it, in any encoding in which it may turn up:
 * raw, each of its lines, base64 (all three alignments), URL, JSON, hexadecimal. Call it before the value is used.
 */
export function mask(secret: string): void {
  for (const form of encodings(secret)) {
    if (known.has(form)) continue;
    known.add(form);
    // The runner masks line by line; a form with a line break would mask nothing.
    if (!/[\r\n]/.test(form)) announce(form);
  }
}

/** Replaces every known secret, in every known encoding, by `***`. For all that is not the runner's log: comments, summaries, files. */
export function redact(text: string): string {
  let redacted = text;
  // A plan has a hundred thousand texts, most of them shorter than most forms.
  for (const form of longestFirst()) {
    if (form.length <= redacted.length && redacted.includes(form)) redacted = redacted.replaceAll(form, '***');
  }
  return redacted;
}

function longestFirst(): readonly string[] {
  if (ordered.length !== known.size) ordered = [...known].sort((a, b) => b.length - a.length);
  return ordered;
}

/** All forms of a secret that are masked. Parts shorter than four characters are left out: they would blank half the log. */
export function encodings(secret: string): string[] {
  const forms = new Set<string>();
  const whole = secret.trim();
  for (const value of [secret, whole, ...whole.split(/\r?\n/).map((line) => line.trim())]) {
    if (value.length < 4) continue;
    forms.add(value);
    forms.add(encodeURIComponent(value));
    forms.add(JSON.stringify(value).slice(1, -1));
    forms.add(Buffer.from(value).toString('hex'));
    forms.add(Buffer.from(value).toString('base64url'));
    for (let shift = 0; shift < 3; shift++) {
      const padded = Buffer.concat([Buffer.alloc(shift), Buffer.from(value)])
        .toString('base64')
        .replace(/=+$/, '');
      // The first and last characters of a shifted form also depend on the neighbours.
      forms.add(shift === 0 ? padded.slice(0, Math.floor((value.length * 4) / 3)) : padded.slice(shift + 1, -1));
    }
    forms.add(Buffer.from(value).toString('base64'));
  }
  return [...forms].filter((form) => form.length >= 4);
}

/** Forgets all secrets; for tests. */
export function forgetSecrets(): void {
  known.clear();
  ordered = [];
}

/**
 * For a process whose standard output is read by a program and is not the runner's log (the kubeconfig plug-in): secrets
 * are redacted as ever, but no longer announced to the runner, which would print them there.
 */
export function announceNothing(): void {
  announce = () => undefined;
}
