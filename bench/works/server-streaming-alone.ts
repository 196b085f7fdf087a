import { serverAlone } from "../measure/subject.js";
import { comparison } from "./comparison.js";

const work = { bytes: 34, inFlight: 1, perCall: Number.MAX_SAFE_INTEGER };

/** What the server manages when nobody keeps it waiting: the client only takes the bytes away. */
export const serverStreamingAlone = comparison({
  name: "server-streaming-alone",
  title: "server streaming from a synchronous iterable, the server alone",
  unit: "items/s",
  baseline: () => serverAlone("bare", "written", work),
  subject: () => serverAlone("bridge", "iterable", work),
  beside: () => [serverAlone("http2", "written", work)],
  bar: 5.5,
  stretch: 7,
  least: 100_000,
});
