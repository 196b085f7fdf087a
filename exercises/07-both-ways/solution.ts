import type { ClientDuplexStream } from "@grpc/grpc-js";
import type { Answer, Order } from "#gen/quartet/workshop/v1/workshop.js";

/**
 * The control room's side of a call to a station: sends each order as it comes, passes each answer to `heard` as it
 * comes, and resolves when the station has ended the call.
 */
export async function operate(
  call: ClientDuplexStream<Order, Answer>,
  orders: AsyncIterable<Order>,
  heard: (answer: Answer) => void,
): Promise<void> {
  // #region yours
  //> let open = 0;
  //> for await (const order of orders) {
  //>   call.write(order);
  //>   open += 1;
  //> }
  //> for await (const answer of call) {
  //>   heard(answer);
  //>   open -= 1;
  //>   if (open === 0) break;
  //> }
  //> call.end();
  async function speak(): Promise<void> {
    for await (const order of orders) call.write(order);
    call.end();
  }
  async function listen(): Promise<void> {
    for await (const answer of call) heard(answer);
  }
  await Promise.all([speak(), listen()]);
  // #endregion
}
