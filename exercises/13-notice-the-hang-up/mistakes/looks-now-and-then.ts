// gets: timer-left-running
const timer = station.startTimer((reading) => {
  call.write(reading);
  if (reading.sequence < call.request.count) return;
  timer.stop();
  call.end();
});
const look = setInterval(() => {
  if (!call.cancelled) return;
  clearInterval(look);
  timer.stop();
  if (!call.writableEnded) station.logHangUp();
}, 60_000);
