// gets: not-in-the-log
const timer = station.startTimer((reading) => {
  call.write(reading);
  if (reading.sequence < call.request.count) return;
  timer.stop();
  call.end();
});
call.on("cancelled", () => timer.stop());
