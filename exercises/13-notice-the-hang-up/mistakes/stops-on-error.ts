// gets: ticks-for-nobody
const timer = station.startTimer((reading) => {
  call.write(reading);
  if (reading.sequence < call.request.count) return;
  timer.stop();
  call.end();
});
call.on("error", () => {
  timer.stop();
  station.logHangUp();
});
