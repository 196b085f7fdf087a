import { Client, credentials, status } from "@grpc/grpc-js";
import { CallError, caller, streamingChannelOptions, violationsOf } from "quartet-bridge";
import { lastValueFrom, take, toArray } from "rxjs";
import { VitalsService } from "#gen/quartet/vitals/v1/vitals.js";

const address = process.env.ADDRESS ?? "127.0.0.1:50051";
const client = new Client(address, credentials.createInsecure(), streamingChannelOptions);
const vitals = caller(VitalsService, client);

// The server waits while the body of the loop is busy.
let rounds = 0;
for await (const _ of vitals.replay({ count: 5000 }, { timeoutMs: 10_000 })) rounds += 1;
console.log(`replayed ${rounds} rounds`);

// Leaving the loop cancels the call.
for await (const { cursor } of vitals.watch({ metrics: [], intervalMs: 0 })) {
  console.log(`watched round ${cursor?.sequence}`);
  if (cursor?.sequence === 2) break;
}

// Each subscription makes a call. Unsubscribing cancels it, which `take` does after three messages.
const round$ = vitals.watch.observe({ metrics: [], intervalMs: 0 }).pipe(take(3), toArray());
console.log(`observed rounds ${(await lastValueFrom(round$)).map(({ cursor }) => cursor?.sequence)}`);

try {
  for await (const _ of vitals.replay({ count: 1_000_000 }));
} catch (error) {
  if (!(error instanceof CallError)) throw error;
  console.log(`${status[error.code]}: ${violationsOf(error).map(({ field }) => field)}`);
}
client.close();
