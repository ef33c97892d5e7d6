import type { SandboxConfig } from '../config.ts';

export type Attributes = Record<string, unknown>;

export async function restoreWorld(_config: SandboxConfig): Promise<void> {}
