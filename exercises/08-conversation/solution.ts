import type { handleBidiStreamingCall } from "@grpc/grpc-js";
import type { Answer, Instrument, Order, Reading } from "#gen/quartet/workshop/v1/workshop.js";

/** A mast whose instruments take different times. No instrument fails in this exercise. */
export type Mast = (instrument: Instrument) => Promise<Reading>;

/** The station's side of the call: orders come by `call.on("data", …)`, and `call.write` sends an answer. */
export function operate(mast: Mast): handleBidiStreamingCall<Order, Answer> {
  return (call) => {
    // #region yours
    //> const orders: Order[] = [];
    //> call.on("data", (order: Order) => orders.push(order));
    //> call.on("end", async () => {
    //>   for (const { number, instrument } of orders) {
    //>     call.write({ order: number, reading: await mast(instrument) });
    //>   }
    //>   call.end();
    //> });
    const answers: Promise<void>[] = [];
    async function answer({ number, instrument }: Order): Promise<void> {
      call.write({ order: number, reading: await mast(instrument) });
    }
    call.on("data", (order: Order) => answers.push(answer(order)));
    call.on("end", async () => {
      await Promise.all(answers);
      call.end();
    });
    // #endregion
  };
}
