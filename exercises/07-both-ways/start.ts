import type { ClientDuplexStream } from "@grpc/grpc-js";
import type { Answer, Order } from "#gen/quartet/workshop/v1/workshop.js";

/**
 * The control room's end of the line to a station: sends the orders as they come, gives each answer to `heard` as it
 * comes, and is done when the station has ended the call.
 */
export async function operate(
  call: ClientDuplexStream<Order, Answer>,
  orders: AsyncIterable<Order>,
  heard: (answer: Answer) => void,
): Promise<void> {
  // ─── yours, from here …
  let open = 0;
  for await (const order of orders) {
    call.write(order);
    open += 1;
  }
  for await (const answer of call) {
    heard(answer);
    open -= 1;
    if (open === 0) break;
  }
  call.end();
  // ─── … to here
}
