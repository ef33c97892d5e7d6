import * as core from '@actions/core';
import { redact } from './mask.ts';

/** Sets an output of the step; objects as JSON. Known secrets never become outputs. */
export function setOutput(name: string, value: string | number | boolean | object): void {
  core.setOutput(name, redact(typeof value === 'object' ? JSON.stringify(value) : String(value)));
}

/** Keeps a value for the post step of the same action. */
export function saveState(name: string, value: string): void {
  core.saveState(name, value);
}

/** What main kept; empty when there is none. */
export function savedState(name: string): string {
  return core.getState(name);
}
