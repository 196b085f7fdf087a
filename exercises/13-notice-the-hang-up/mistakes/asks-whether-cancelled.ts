// gets: success-taken-for-a-hang-up
const timer = station.startTimer((reading) => {
  call.write(reading);
  if (reading.sequence < call.request.count) return;
  timer.stop();
  call.end();
});
call.on("close", () => {
  timer.stop();
  if (call.cancelled) station.logHangUp();
});
