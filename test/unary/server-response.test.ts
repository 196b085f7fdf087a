import { expect } from "chai";
import { caller } from "quartet-bridge";
import { UnaryService } from "#gen/tutorials/unary.js";
import { loopback } from "../../bridge/test/harness/loopback.js";
import { build } from "../../src/unary/server.js";

describe("the tutorial's unary service", () => {
  /** The answer, the headers and the trailers of one call with the request id, or without one. */
  async function call(message: string, requestId?: string) {
    const { client } = await loopback(build());
    const metadata = { "request-id": requestId };
    const handle = caller(UnaryService, client).getServerResponse.start({ message }, { metadata });
    const [answer, headers, status] = await Promise.all([handle.response, handle.headers, handle.status]);
    return { answer, headers, trailers: status.metadata };
  }

  it("answers with the tutorial's text, and that it has received the message", async () => {
    expect((await call("Hi")).answer).to.deep.equal({
      message: 'Hello I am up and running received "Hi" message from you',
      received: true,
    });
    expect((await call("")).answer.message).to.equal('Hello I am up and running received "" message from you');
  });

  it("returns the client's request id in the headers", async () => {
    expect((await call("Hi", "order-4711")).headers.get("request-id")).to.deep.equal(["order-4711"]);
    expect((await call("Hi", "x".repeat(64))).headers.get("request-id")).to.deep.equal(["x".repeat(64)]);
  });

  it("makes an id for a call without one, or with one that does not belong in a log", async () => {
    const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
    for (const requestId of [undefined, "", "x".repeat(65), "two words", '{"level":"fatal"}']) {
      const [own] = (await call("Hi", requestId)).headers.get("request-id");
      expect(own).to.match(uuid);
    }
  });

  it("sends in the trailers how many microseconds the handler took", async () => {
    const { headers, trailers } = await call("Hi");
    expect(headers.get("handler-us")).to.deep.equal([]);
    expect(trailers.get("handler-us")).to.have.length(1);
    expect(trailers.get("handler-us")[0]).to.match(/^\d{1,9}$/);
  });
});
