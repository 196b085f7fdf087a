import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type Outgoing, StatusError } from "quartet-bridge";
import { Hub } from "quartet-bridge/hub";
import { map, Observable, Subscriber, take } from "rxjs";
import { throwing } from "../harness/probe.js";
import { loggedErrors } from "../harness/unexpected-errors.js";
import { member } from "./hub-members.js";

describe("A hub", () => {
  describe("ends", () => {
    it("a member after the messages that it was due, and before later ones", () => {
      const hub = new Hub<string>();
      const [ada, grace, linus] = [member(hub), member(hub), member(hub)];
      hub.batch(() => {
        hub.publish("one");
        ada.send("own");
        ada.complete();
        ada.complete(new Error("too late"));
        grace.complete(new Error("replaced"));
        ada.send("never");
        hub.publish("two");
      });
      expect(ada.heard).to.deep.equal(["one", "own", "complete"]);
      expect(grace.heard).to.deep.equal(["one", "error replaced"]);
      expect(linus.heard).to.deep.equal(["one", "two"]);
      expect(hub.gauges.members).to.equal(1);
      ada.send("never");
      ada.complete();
      expect(ada.heard).to.have.length(3);
    });

    it("with all its members, also later ones, and ignores later messages", () => {
      const hub = new Hub<string>({ replay: 2 });
      const ada = member(hub, {}, (message) => {
        if (message !== "one") return;
        hub.publish("two");
        hub.complete();
        hub.complete(new Error("too late"));
        hub.publish("three");
      });
      const grace = member(hub);
      hub.publish("one");
      expect(hub.publish("four")).to.equal(2);
      const late = member(hub, { last: 1, first: "welcome" });
      expect(ada.heard).to.deep.equal(["one", "two", "complete"]);
      expect(grace.heard).to.deep.equal(["one", "two", "complete"]);
      expect(late.heard).to.deep.equal(["welcome", "two", "complete"]);
      expect(hub.gauges).to.include({ members: 0, lag: 0, published: 2 });
    });

    it("with an error, after the messages that were due", () => {
      const hub = new Hub<string>();
      const ada = member(hub);
      const grace = member(hub, {}, () => grace.send("own"));
      hub.batch(() => {
        hub.publish("one");
        hub.complete(new StatusError(status.UNAVAILABLE, "stopping"));
      });
      expect(ada.heard).to.deep.equal(["one", "error UNAVAILABLE: stopping"]);
      expect(grace.heard[0]).to.equal("one");
      expect(grace.heard.at(-1)).to.equal("error UNAVAILABLE: stopping");
    });
  });

  describe("is not harmed by a member", () => {
    it("that throws: only that member gets the error", () => {
      const hub = new Hub<number>();
      const failures: unknown[] = [];
      const before = member(hub);
      hub
        .join()
        .pipe(
          map((n) => {
            if (n === 2) throw new RangeError("no twos");
            return n;
          }),
        )
        .subscribe({ error: (error: unknown) => failures.push(error) });
      new Observable<Outgoing<number>>((subscriber) => {
        // RxJS does not catch the errors of a custom subscriber.
        class Throwing extends Subscriber<Outgoing<number>> {
          override next(): void {
            throw new RangeError("no numbers");
          }
        }
        hub.enter(new Throwing(subscriber));
      }).subscribe({ error: (error: unknown) => failures.push(error) });
      const after = member(hub);
      hub.publish(1);
      hub.publish(2);
      hub.publish(3);
      expect(before.heard).to.deep.equal([1, 2, 3]);
      expect(after.heard).to.deep.equal([1, 2, 3]);
      expect(failures.map(String)).to.deep.equal(["RangeError: no numbers", "RangeError: no twos"]);
      expect(hub.gauges.members).to.equal(2);
    });

    it("whose leaving throws: the log gets the error", () => {
      const { events } = loggedErrors("cannot let go");
      const hub = new Hub<number>();
      new Observable<Outgoing<number>>((subscriber) => {
        subscriber.add(throwing(new RangeError("cannot let go")));
        const membership = hub.enter(subscriber);
        subscriber.add(() => membership.complete());
        membership.complete();
      }).subscribe();
      const ada = member(hub);
      hub.publish(1);
      hub.publish(2);
      expect([ada.heard, hub.gauges.members]).to.deep.equal([[1, 2], 1]);
      expect(events.map(({ path, error }) => `${path}: ${(error as Error).name}`)).to.deep.equal([
        "hub: UnsubscriptionError",
      ]);
    });

    it("that publishes when it leaves", () => {
      const hub = new Hub<string>();
      const leaving = new Observable<Outgoing<string>>((subscriber) => {
        subscriber.add(() => hub.publish("left"));
        hub.enter(subscriber);
      });
      leaving.subscribe().unsubscribe();
      expect(hub.gauges).to.include({ published: 1, members: 0, lag: 0 });
      leaving.pipe(take(1)).subscribe();
      const cut = leaving.subscribe();
      const ada = member(hub);
      hub.publish("one");
      expect(ada.heard).to.deep.equal(["one", "left"]);
      cut.unsubscribe();
      expect(ada.heard).to.deep.equal(["one", "left", "left"]);
    });

    it("that left before it joined", () => {
      const hub = new Hub<number>({ replay: 1 });
      hub.publish(1);
      const gone = new Subscriber<Outgoing<number>>();
      gone.unsubscribe();
      const membership = hub.enter(gone, { last: 1, first: 0 });
      membership.send(3);
      membership.complete();
      expect(hub.gauges).to.include({ members: 0, delivered: 0 });
    });
  });
});
