// gets: success-taken-for-a-hang-up
const timer = station.startTimer((reading) => {
  call.write(reading);
  if (reading.sequence < call.request.count) return;
  timer.stop();
  call.end();
});
call.on("cancelled", () => {
  timer.stop();
  station.logHangUp();
});
