import { expect } from "chai";
import { of, Subject, throwError } from "rxjs";
import { newest } from "../../src/server-streaming/newest.js";

describe("newest", () => {
  it("gives a reader who waits each value as it comes", async () => {
    const source = new Subject<number>();
    const values = newest(source);
    for (const value of [1, 2, 3]) {
      const next = values.next();
      source.next(value);
      expect(await next).to.deep.equal({ done: false, value });
    }
  });

  it("keeps one value for a reader who is busy, the newest", async () => {
    const source = new Subject<number>();
    const values = newest(source);
    const first = values.next();
    for (const value of [1, 2, 3, 4]) source.next(value);
    // The reader was woken by 1 and comes to look when 4 is there.
    expect(await first).to.deep.equal({ done: false, value: 4 });
    for (const value of [5, 6]) source.next(value);
    expect(await values.next()).to.deep.equal({ done: false, value: 6 });
  });

  it("gives the value that waits before the end", async () => {
    const values = newest(of(1, 2));
    expect(await values.next()).to.deep.equal({ done: false, value: 2 });
    expect(await values.next()).to.deep.equal({ done: true, value: undefined });
  });

  it("gives the value that waits before the error", async () => {
    const source = new Subject<number>();
    const values = newest(source);
    const first = values.next();
    source.next(1);
    await first;
    source.next(2);
    source.error(new Error("over"));
    expect(await values.next()).to.deep.equal({ done: false, value: 2 });
    expect(await values.next().catch((error: Error) => error.message)).to.equal("over");
  });

  it("fails with undefined where the source does", async () => {
    let failed = false;
    await newest(throwError(() => undefined))
      .next()
      .catch((error) => {
        failed = error === undefined;
      });
    expect(failed).to.equal(true);
  });

  it("subscribes with the first next, and unsubscribes when the loop is left", async () => {
    const source = new Subject<number>();
    const values = newest(source);
    expect(source.observed).to.equal(false);
    const first = values.next();
    expect(source.observed).to.equal(true);
    source.next(1);
    await first;
    await values.return();
    expect(source.observed).to.equal(false);
  });

  it("unsubscribes when the source ends while the reader waits", async () => {
    const source = new Subject<number>();
    const values = newest(source);
    const next = values.next();
    source.complete();
    expect(await next).to.deep.equal({ done: true, value: undefined });
    expect(source.observed).to.equal(false);
  });
});
