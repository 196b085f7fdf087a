import { CallError } from "quartet-bridge";

/** What a stream gives until it ends, and the error that it ends with. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<{ messages: T[]; error?: CallError }> {
  const messages: T[] = [];
  try {
    for await (const message of stream) messages.push(message);
    return { messages };
  } catch (error) {
    if (error instanceof CallError) return { messages, error };
    throw error;
  }
}
