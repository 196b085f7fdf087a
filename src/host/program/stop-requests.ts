/**
 * The message that a parent sends to a child which it started with an IPC channel, to stop it. Windows has no signals.
 */
export interface StopMessage {
  readonly type: "stop";
}

/** One press of ctrl-c reaches a child of npm or make twice, from the terminal and from its parent. */
const samePressMs = 500;

const signals = ["SIGINT", "SIGTERM"] as const;

/**
 * Calls `listener` each time that the process is told to stop: by SIGINT or SIGTERM, by a {@link StopMessage}, or by
 * the end of its parent's IPC channel, so that no child outlives the parent that started it. After the second time the
 * signals have their default effect again: a third one ends any process, whatever it hangs on.
 *
 * @param listener gets who said so, and how often it was said by now (1, 2)
 * @param now a monotonic clock in milliseconds
 * @returns the function that takes all listeners away
 */
export function onStopRequest(
  listener: (reason: string, times: number) => void,
  now: () => number = () => performance.now(),
): () => void {
  let times = 0;
  let last = { reason: "", at: Number.NEGATIVE_INFINITY };

  const request = (reason: string) => {
    const at = now();
    const samePress = reason === last.reason && at - last.at < samePressMs;
    last = { reason, at };
    if (samePress) return;
    times += 1;
    if (times === 2) dispose();
    listener(reason, times);
  };
  const onSignal = (signal: NodeJS.Signals) => request(signal);
  const onMessage = (message: unknown) => {
    if (typeof message === "object" && message !== null && "type" in message && message.type === "stop")
      request("stop message");
  };
  const onDisconnect = () => request("parent gone");
  const dispose = () => {
    for (const signal of signals) process.off(signal, onSignal);
    process.off("message", onMessage);
    process.off("disconnect", onDisconnect);
  };

  for (const signal of signals) process.on(signal, onSignal);
  if (process.channel !== undefined) {
    process.on("message", onMessage);
    process.on("disconnect", onDisconnect);
    // A listener for messages keeps the process alive for as long as its parent lives; the server's port does that job.
    process.channel.unref();
  }
  return dispose;
}
