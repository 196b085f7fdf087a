/** Milliseconds. A timer of Node holds no more (24.8 days), and takes a longer time for 1 ms. */
export const longestTimerMs = 2 ** 31 - 1;
