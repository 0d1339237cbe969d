// Reads request bodies up to a size limit. The limit counts the bytes that really arrive, whatever the header claims.

import { Rejection } from "./rejection.ts";

/** @throws Rejection 413 as soon as the body is known to be longer than `limit` bytes, 415 for another content type */
export async function readBytes(request: Request, contentType: string, limit: number): Promise<Uint8Array> {
  const type = request.headers.get("content-type")?.split(";")[0].trim().toLowerCase();
  if (type !== contentType) {
    throw new Rejection(415, "unsupported_media_type", `content-type expected ${contentType}, got ${type ?? "none"}.`);
  }
  const tooLarge = new Rejection(413, "too_large", `body expected at most ${limit} bytes. Send less at once.`);
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge;
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      throw tooLarge;
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** @throws Rejection 400 when the body is not UTF-8 or not JSON; 413 and 415 as `readBytes` */
export async function readJson(request: Request, limit: number): Promise<unknown> {
  const bytes = await readBytes(request, "application/json", limit);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw new Rejection(400, "bad_json", "body expected JSON in UTF-8. Note that JSON has no NaN and no Infinity.");
  }
}
