/** One HTTP call to an authorization server, bounded in time and size. */
export interface Transport {
  readonly fetch: typeof fetch;
  /** Milliseconds. */
  readonly timeoutMs: number;
}

/**
 * @returns the body of an answer with status 200
 * @throws Error for anything else; redirects are not followed
 */
export async function download(
  { fetch, timeoutMs }: Transport,
  url: string,
  init: { readonly method?: 'POST'; readonly headers: Record<string, string>; readonly body?: string },
  maxBytes: number,
): Promise<Buffer> {
  const response = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`the answer has status ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  const body: AsyncIterable<Uint8Array> | null = response.body;
  // Leaving the loop by a throw cancels the stream.
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
