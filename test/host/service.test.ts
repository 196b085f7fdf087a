import { expect } from "chai";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { serverStreaming, unary } from "../../src/bridge/index.js";
import { host, service } from "../../src/host/index.js";

// What is tested here is that the marked lines do not compile: the compiler refuses a mark on a line that does.
describe("service", () => {
  const root = unary(({ value }: { value: number }) => ({ value: Math.sqrt(value) }));
  const quotient = unary(({ value1, value2 }: { value1: number; value2: number }) => ({ value: value1 / value2 }));

  it("takes all handlers of a service", () => {
    const { definition } = service(CalculatorService, { squareRoot: root, divide: quotient });
    expect(definition).to.equal(CalculatorService);
  });

  it("refuses to compile with a handler missing", () => {
    // @ts-expect-error `divide` is missing
    service(CalculatorService, { squareRoot: root });
  });

  it("refuses to compile with a misspelt handler", () => {
    // @ts-expect-error `squareroot` for `squareRoot`
    service(CalculatorService, { squareroot: root, divide: quotient });
  });

  it("refuses to compile with a handler of another shape, or for other messages", () => {
    // @ts-expect-error a stream where one answer is asked for
    service(CalculatorService, { squareRoot: serverStreaming(() => [{ value: 1 }]), divide: quotient });
    // @ts-expect-error `status` is no number
    service(CalculatorService, { squareRoot: unary(() => ({ status: 1 })), divide: quotient });
  });

  it("cannot be hosted twice: the second one would never be called", () => {
    const calculator = service(CalculatorService, { squareRoot: root, divide: quotient });
    expect(() => host([calculator, calculator])).to.throw("already provided");
  });
});
