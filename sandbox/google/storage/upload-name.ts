import { z } from 'zod';

const metadataSchema = z.object({ name: z.string() });

/** The object's name in the metadata of an upload: the whole body of a resumable one, the first part of a multipart one. */
export function uploadName(contentType: string, body: Buffer): string | undefined {
  const text = body.toString('utf8');
  const boundary = /^multipart\/related;.*boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) return nameIn(text);
  const part = text.split(`--${boundary}`)[1] ?? '';
  return nameIn(part.slice(part.search(/\r?\n\r?\n/)));
}

function nameIn(text: string): string | undefined {
  try {
    return metadataSchema.parse(JSON.parse(text)).name;
  } catch {
    return undefined;
  }
}
