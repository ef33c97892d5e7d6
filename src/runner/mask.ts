import * as core from '@actions/core';
import { replacer } from './text-search.ts';

const known = new Set<string>();
let replace: ((text: string) => string) | undefined;
let announce: (form: string) => void = (form) => core.setSecret(form);

/**
 * Shorter parts of a secret are not masked, nor shorter secrets: they would blank half of every log and comment, and so
 * short a secret is guessed anyway. A line of a secret that is shorter is hidden only where the whole secret is.
 */
const SHORTEST = 4;

/**
 * Registers a secret so that neither the runner's log nor `redact` shows it, in any encoding in which it may turn up:
 * raw, each of its lines, base64 (all three alignments), URL, JSON, hexadecimal. Call it before the value is used.
 */
export function mask(secret: string): void {
  for (const form of encodings(secret)) {
    if (known.has(form)) continue;
    known.add(form);
    replace = undefined;
    // The runner masks line by line; a form with a line break would mask nothing.
    if (!/[\r\n]/.test(form)) announce(form);
  }
}

/** As `mask` for many values at once, but not told to the runner: its log would get a line for each form of each. */
export function hide(values: Iterable<string>): void {
  for (const value of values) for (const form of encodings(value)) known.add(form);
  replace = undefined;
}

/** Replaces every known secret, in every known encoding, by `***`. For all that is not the runner's log: comments, summaries, files. */
export function redact(text: string): string {
  replace ??= replacer(known, '***');
  return replace(text);
}

/** All forms of a secret that are masked; what is shorter than four characters is left out. */
export function encodings(secret: string): string[] {
  const forms = new Set<string>();
  const whole = secret.trim();
  for (const value of new Set([secret, whole, ...whole.split(/\r?\n/).map((line) => line.trim())])) {
    if (value.length < SHORTEST) continue;
    forms.add(value);
    for (const form of [...inJson(value), ...inUrl(value), ...inHex(value), ...inBase64(value)]) forms.add(form);
  }
  return [...forms].filter((form) => form.length >= SHORTEST);
}

/** As a string of JSON, of JSON within JSON, and as Go writes it (Terraform, Helm), which also escapes HTML's signs. */
function inJson(value: string): string[] {
  const once = JSON.stringify(value).slice(1, -1);
  const go = once.replace(/[<>&\u2028\u2029]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return [once, go, ...[once, go].map((form) => JSON.stringify(form).slice(1, -1))];
}

/** As a part of a URL, strictly (RFC 3986), as in a form, with small hexadecimal digits, and encoded twice. */
function inUrl(value: string): string[] {
  const usual = encodeURIComponent(value.toWellFormed());
  const strict = usual.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const forms = [usual, strict, encodeURI(value.toWellFormed()), strict.replaceAll('%20', '+')];
  const small = forms.map((form) => form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()));
  return [...forms, ...small, encodeURIComponent(usual), encodeURIComponent(strict)];
}

function inHex(value: string): string[] {
  const hex = Buffer.from(value).toString('hex');
  return [hex, hex.toUpperCase()];
}

/** Tools break base64 into lines of so many characters. */
const LINE_LENGTHS = [64, 76];

/**
 * Both alphabets, at all three places that the value can have in a longer text; of those only the characters that do not
 * depend on what stands beside it. Padding is what is left behind.
 */
function inBase64(value: string): string[] {
  const bytes = Buffer.from(value);
  const own = bytes.toString('base64');
  const shifted = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    return text.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
  });
  const lines = LINE_LENGTHS.flatMap((length) =>
    own.length <= length ? [] : (own.match(new RegExp(`.{${SHORTEST * 2},${length}}`, 'g')) ?? []),
  );
  const standard = [own, own.replace(/=+$/, ''), ...shifted, ...lines];
  return [...standard, ...standard.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))];
}

/** Forgets all secrets; for tests. */
export function forgetSecrets(): void {
  known.clear();
  replace = undefined;
}

/**
 * For a process whose standard output is read by a program and is not the runner's log (the kubeconfig plug-in): secrets
 * are redacted as ever, but no longer announced to the runner, which would print them there.
 */
export function announceNothing(): void {
  announce = () => undefined;
}
