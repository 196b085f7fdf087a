import { type StatusObject, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { CallError, type CallHooks, type ClientContext, StatusError } from "quartet-bridge";
import { callOf, echo, formsOf, types } from "../../harness/each-type.js";
import { failureOf, type Probe, throwing } from "../../harness/probe.js";
import { recorder, serve } from "./serving.js";

describe("a client's middleware that refuses a call", () => {
  for (const type of types) {
    it(`${type}: gives the caller its error in each form, at once or after a promise, and makes no call`, async () => {
      const thrown = new Error("no token");
      const { record, seen } = recorder();
      const { calls, reached } = await serve();
      const refuse = throwing(thrown);
      let mapped = 0;
      const count = (_call: ClientContext, { mapRequests }: CallHooks) =>
        mapRequests((request) => {
          mapped += 1;
          return request;
        });
      const statuses: StatusObject[] = [];
      for (const refusing of [calls(record, count, refuse), calls(record, count, async () => refuse())]) {
        const onStatus = (ended: StatusObject) => statuses.push(ended);
        for (const form of Object.values(formsOf(refusing, type, { onStatus }))) {
          expect(await failureOf(form())).to.equal(thrown);
        }
        const handle = type === "unary" ? refusing.unary.start({ n: 1 }) : refusing.bidirectional.start([]);
        expect((await handle.status).code).to.equal(status.UNKNOWN);
        expect((await handle.headers).getMap()).to.deep.equal({});
        expect(handle.peer).to.include("127.0.0.1");
      }
      expect(reached).to.deep.equal([]);
      expect(mapped).to.equal(0);
      expect(seen).to.have.length(8);
      expect(statuses.map(({ code }) => code)).to.deep.equal(Array(6).fill(status.UNKNOWN));
    });
  }

  for (const type of types) {
    it(`${type}: gives the caller an error that throws when it is inspected, and sends no request`, async () => {
      const boo = throwing(new Error("boo"));
      const status5 = { code: status.NOT_FOUND, details: "d" };
      const odd: Record<string, unknown> = {
        "a getter of metadata": Object.defineProperty(Object.assign(new Error("x"), status5), "metadata", { get: boo }),
        "a getter of code": Object.defineProperty(new Error("x"), "code", { get: boo }),
        "a getter of message": Object.defineProperty(new Error("x"), "message", { get: boo }),
        "a proxy": new Proxy(new Error("x"), { get: boo, getPrototypeOf: boo, has: boo }),
        "malformed metadata": Object.assign(new Error("x"), {
          ...status5,
          metadata: { getMap: boo, toJSON: () => ({ "a b": ["x"] }), getOptions: () => ({}) },
        }),
        "an object without a prototype": Object.create(null),
      };
      for (const [name, error] of Object.entries(odd)) {
        const fail = throwing(error);
        const requests: Probe[] = [];
        const { calls } = await serve({
          ...echo,
          unary(request) {
            requests.push(request);
            return request;
          },
          serverStreaming(request) {
            requests.push(request);
            return [request];
          },
        });
        const { record, seen } = recorder();
        for (const [how, failing] of Object.entries({
          "at once": fail,
          later: async () => fail(),
          "in a map of requests": (_call: ClientContext, hooks: CallHooks) => hooks.mapRequests(fail),
        })) {
          const failure = await failureOf(callOf[type](calls(record, failing)));
          const got = failure instanceof CallError ? failure.cause : failure;
          expect(got === error, `${name}, ${how}`).to.equal(true);
        }
        expect(requests).to.deep.equal([]);
        const failure = await failureOf(callOf[type](calls(record, (_call, hooks) => hooks.mapResponses(fail))));
        expect((failure instanceof CallError ? failure.cause : failure) === error, `${name}, response`).to.equal(true);
        expect(seen.map((line) => line.split(" ")[1])).to.deep.equal(Array(4).fill("UNKNOWN"));
      }
    });
  }

  it("makes a CallError of a status, which otherwise a handler would pass on to its client", async () => {
    const expired = new StatusError(status.UNAUTHENTICATED, "the token has expired");
    const { record, seen } = recorder();
    const { calls } = await serve();
    const error = await failureOf(calls(record, throwing(expired)).unary({ n: 1 }));
    expect(error).to.be.instanceOf(CallError);
    expect(error).to.include({ code: status.UNAUTHENTICATED, path: "/test.Probe/Unary", cause: expired });
    expect(seen).to.deep.equal(["Unary UNAUTHENTICATED"]);
  });
});
