/** The chat has broken a promise; the message says which one, in one line. */
export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise";
}
