import { Client, credentials, status } from "@grpc/grpc-js";
import { caller, StatusError, streamingChannelOptions, violationsOf } from "quartet-bridge";
import { lastValueFrom, map, take, toArray } from "rxjs";
import { VitalsService } from "#gen/quartet/vitals/v1/vitals.js";

const address = process.env.ADDRESS ?? "127.0.0.1:50051";
const client = new Client(address, credentials.createInsecure(), streamingChannelOptions);
const vitals = caller(VitalsService, client);

// An iterable is pulled: while the body of the loop is busy, the server waits.
let last = 0;
for await (const { sequence } of vitals.replay({ count: 5000 }, { timeoutMs: 10_000 })) last = sequence;
console.log(`replayed ${last} rounds`);

// To leave the loop is to cancel the call.
for await (const { cursor, readings } of vitals.watch({ metrics: [], intervalMs: 0 })) {
  console.log(`round ${cursor?.sequence}: ${readings.length} reading`);
  if (cursor?.sequence === 2) break;
}

// An Observable is pushed, and cold: to subscribe makes the call, to unsubscribe cancels it.
const number$ = vitals.watch.observe({ metrics: [], intervalMs: 0 }).pipe(map(({ cursor }) => cursor?.sequence));
console.log(`observed ${await lastValueFrom(number$.pipe(take(3), toArray()))}`);

// A call that begins at once, for who wants its headers, its status or its end in hand.
const call = vitals.watch.start({ metrics: [], intervalMs: 0 });
call.cancel();
console.log(`started and cancelled: ${status[(await call.status).code]}`);

try {
  for await (const _ of vitals.replay({ count: 1_000_000 }));
} catch (error) {
  if (!(error instanceof StatusError)) throw error;
  console.log(`${status[error.code]}, because of ${violationsOf(error).map(({ field }) => field)}`);
}

client.close();
