import {
  InterceptingCall,
  type Interceptor,
  ServerInterceptingCall,
  type ServerInterceptor,
  status,
} from "@grpc/grpc-js";
import { expect } from "chai";
import { caller } from "quartet-bridge";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { afterTheTest } from "../../../bridge/test/harness/loopback.js";
import { connect } from "../../../src/host/index.js";
import { build } from "../fixtures/unary-server.js";
import { listening } from "../listening.js";
import { callLines } from "./call-lines.js";

describe("interceptors", () => {
  it("of a server are nearest the wire if they are first", async () => {
    const passed: string[] = [];
    const noting =
      (name: string): ServerInterceptor =>
      (_method, call) =>
        new ServerInterceptingCall(call, {
          sendMessage: (message, next) => {
            passed.push(name);
            next(message);
          },
        });
    const { client } = await listening(build({ interceptors: [noting("first"), noting("last")] }));
    await caller(CalculatorService, client).squareRoot({ value: 16 });
    expect(passed).to.deep.equal(["last", "first"]);
  });

  it("of a client are nearest the caller if they are first", async () => {
    const passed: string[] = [];
    const noting =
      (name: string): Interceptor =>
      (options, nextCall) =>
        new InterceptingCall(nextCall(options), {
          sendMessage: (message, next) => {
            passed.push(name);
            next(message);
          },
        });
    const { address } = await listening(build());
    const client = connect(address, { interceptors: [noting("first"), noting("last")] });
    afterTheTest(() => client.close());
    await caller(CalculatorService, client).squareRoot({ value: 16 });
    expect(passed).to.deep.equal(["first", "last"]);
  });

  it("that refuse a call in a handler's place are in the call log", async () => {
    const refusing: ServerInterceptor = (_method, call) =>
      new ServerInterceptingCall(call, {
        start: () => call.sendStatus({ code: status.UNAUTHENTICATED, details: "who are you?" }),
      });
    const { log, next } = callLines();
    const { client } = await listening(build({ log, interceptors: [refusing] }));
    const error = await caller(CalculatorService, client)
      .squareRoot({ value: 16 })
      .catch((reason) => reason);
    expect(error.code).to.equal(status.UNAUTHENTICATED);
    expect(await next()).to.include({ code: "UNAUTHENTICATED", details: "who are you?" });
  });
});
