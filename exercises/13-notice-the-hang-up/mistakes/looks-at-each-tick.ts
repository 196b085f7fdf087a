// gets: asks-at-the-tick
const timer = station.startTimer((reading) => {
  if (call.cancelled) {
    timer.stop();
    station.logHangUp();
    return;
  }
  call.write(reading);
  if (reading.sequence < call.request.count) return;
  timer.stop();
  call.end();
});
