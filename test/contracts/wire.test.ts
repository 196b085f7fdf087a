import { expect } from "chai";
import { HealthService } from "#gen/grpc/health/v1/health.js";
import { SummarizeRequest, SummarizeResponse } from "#gen/quartet/statistics/v1/statistics.js";
import { BidirectionalService, Message as Echoed } from "#gen/tutorials/bidirectional.js";
import { CalculatorService, NumberDouble, Number as OneNumber } from "#gen/tutorials/calculator.js";
import { GreeterService, HelloReply, HelloRequest } from "#gen/tutorials/helloworld.js";
import { Message, type MessageFns, MessageResponse, UnaryService } from "#gen/tutorials/unary.js";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytes = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

// Written by hand from the wire format (https://protobuf.dev/programming-guides/encoding): a tag is the field's number
// times 8 plus its wire type (0 varint, 2 with a length, 5 four bytes), and a float is little-endian. The tutorials'
// programs send these bytes in every language.
describe("the tutorials' messages", () => {
  const onTheWire = <T>(title: string, type: MessageFns<T>, value: T, wire: string) =>
    it(`${title} is ${wire}, both ways`, () => {
      expect(hex(type.encode(value).finish())).to.equal(wire.replaceAll(" ", ""));
      expect(type.decode(bytes(wire))).to.deep.equal(value);
    });

  onTheWire("Number 16", OneNumber, { value: 16 }, "0d 00008041");
  onTheWire("NumberDouble 1, -2", NumberDouble, { value1: 1, value2: -2 }, "0d 0000803f 15 000000c0");
  onTheWire("HelloRequest you", HelloRequest, { name: "you" }, "0a 03 796f75");
  onTheWire("HelloReply Hello, you!", HelloReply, { message: "Hello, you!" }, "0a 0b 48656c6c6f2c20796f7521");
  onTheWire("the unary Message hi", Message, { message: "hi" }, "0a 02 6869");
  onTheWire("its MessageResponse hi, true", MessageResponse, { message: "hi", received: true }, "0a 02 6869 10 01");
  onTheWire("the echo's Message é", Echoed, { message: "é" }, "0a 02 c3a9");
});

describe("the paths on the wire", () => {
  it("are those that the tutorials' programs and health probes call", () => {
    expect([
      CalculatorService.squareRoot.path,
      GreeterService.sayHello.path,
      UnaryService.getServerResponse.path,
      BidirectionalService.getServerResponse.path,
      HealthService.check.path,
    ]).to.deep.equal([
      "/Calculator/SquareRoot",
      "/helloworld.Greeter/SayHello",
      "/unary.Unary/GetServerResponse",
      "/bidirectional.Bidirectional/GetServerResponse",
      "/grpc.health.v1.Health/Check",
    ]);
  });
});

describe("what the statistics' contract says of its bytes", () => {
  it("is true of a batch: 8 bytes per number, after one tag and one length", () => {
    expect(hex(SummarizeRequest.encode({ values: [1, 2] }).finish())).to.equal("0a10000000000000f03f0000000000000040");
  });

  it("is true of an optional field: absent is not 0, and 0 is not absent", () => {
    const none = SummarizeResponse.decode(SummarizeResponse.encode({ count: 0 }).finish());
    const zero = SummarizeResponse.decode(SummarizeResponse.encode({ count: 1, mean: 0 }).finish());
    expect(none.mean).to.equal(undefined);
    expect(zero.mean).to.equal(0);
  });
});
