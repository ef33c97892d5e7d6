import { reason } from '../failure/failure.ts';

/**
 * Runs `work`; a promise that a library meanwhile rejects, and that nobody has a hold of, is told and ends nothing. A call that
 * breaks off in a handshake leaves some: the check that made the call has its own result. In Node such a promise ends the process.
 */
export async function despiteStrays<T>(work: () => Promise<T>, tell: (words: string) => void): Promise<T> {
  const hear = (error: unknown) => tell(reason(error));
  process.on('unhandledRejection', hear);
  try {
    return await work();
  } finally {
    process.off('unhandledRejection', hear);
  }
}
