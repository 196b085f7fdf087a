// gets: ends-before-it-asks
const timer = station.startTimer((reading) => {
  call.write(reading);
  if (reading.sequence < call.request.count) return;
  timer.stop();
  call.end();
});
call.on("cancelled", () => {
  timer.stop();
  call.end();
  if (!call.writableEnded) station.logHangUp();
});
