import { channel } from "node:diagnostics_channel";

/** A reader that was too slow for its call, and has not even taken the status that said so. */
export interface StalledPeer {
  /** The full path of the method, `/package.Service/Method`. */
  readonly path: string;
  /** The address of the client, `host:port`, as `getPeer` gives it. */
  readonly peer: string;
}

const stalledPeers = channel("quartet.bridge.stalled-peer");

/** Calls `listener` with every stalled peer of this process from now on, and returns the function that ends this. */
export function onStalledPeer(listener: (event: StalledPeer) => void): () => void {
  const subscriber = (message: unknown) => listener(message as StalledPeer);
  stalledPeers.subscribe(subscriber);
  return () => {
    stalledPeers.unsubscribe(subscriber);
  };
}

export function reportStalledPeer(event: StalledPeer): void {
  stalledPeers.publish(event);
}
