// gets: runs-after-the-end
const timer = station.startTimer((reading) => {
  call.write(reading);
  if (reading.sequence === call.request.count) call.end();
});
call.on("cancelled", () => {
  if (call.writableEnded) return;
  timer.stop();
  station.logHangUp();
});
