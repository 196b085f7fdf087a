/** The chat has not done what it promises; the message says what, in one line. */
export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise";
}
