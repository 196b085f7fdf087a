/** The message with which a parent stops a child that has an IPC channel. Windows has no signals. */
export interface StopMessage {
  readonly type: "stop";
}

/** Ctrl-c reaches a child of npm or make twice: from the terminal and from its parent. */
const samePressMs = 500;

const signals = ["SIGINT", "SIGTERM"] as const;

/**
 * Calls `listener` each time that the process is told to stop: by SIGINT or SIGTERM, by a {@link StopMessage}, or by
 * the end of its parent's IPC channel, so that no child outlives its parent. After the second time the signals have
 * their default effect again, so a third ctrl-c ends any process.
 *
 * @param listener gets the source of the request, and its number (1, 2)
 * @param now a monotonic clock in milliseconds
 * @returns the function that removes all listeners
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
    // A listener for messages would keep the process alive while its parent lives. The server's port keeps it alive.
    process.channel.unref();
  }
  return dispose;
}
