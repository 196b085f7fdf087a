// gets: timer-left-running
const timer = station.startTimer((reading) => {
  call.write(reading);
  if (reading.sequence < call.request.count) return;
  timer.stop();
  call.end();
});
setTimeout(() => timer.stop(), 60_000);
call.on("cancelled", () => {
  timer.stop();
  if (!call.writableEnded) station.logHangUp();
});
